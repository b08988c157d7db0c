import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { ErrorShape } from '../../../shared/errors';
import type { Survey, SurveyInput } from '../../../shared/survey';
import { api, toShape, useLink } from '../../api';

/** The data sets of the workspace; asked anew when anything about episodes changes. */
export function useDatasets() {
  const open = useLink((s) => s.state === 'open');
  return useQuery({
    queryKey: ['episodes', 'datasets'],
    queryFn: () => api().datasets.list(),
    enabled: open,
  });
}

export type SurveyState =
  | { kind: 'idle' }
  | { kind: 'reading'; share: number }
  | { kind: 'done'; survey: Survey }
  | { kind: 'failed'; error: ErrorShape };

/** Statistics, when they are asked for; whoever goes away or asks for others stops them. */
export function useSurvey() {
  const [state, setState] = useState<SurveyState>({ kind: 'idle' });
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  const cancel = () => {
    stop.current.abort();
    setState({ kind: 'idle' });
  };
  const start = async (asked: SurveyInput) => {
    stop.current.abort();
    const own = new AbortController();
    stop.current = own;
    const show = (next: SurveyState) => !own.signal.aborted && setState(next);
    show({ kind: 'reading', share: 0 });
    try {
      for await (const step of await api().datasets.survey(asked, { signal: own.signal })) {
        show(
          step.survey
            ? { kind: 'done', survey: step.survey }
            : { kind: 'reading', share: step.done / Math.max(1, step.total) },
        );
      }
    } catch (thrown) {
      show({ kind: 'failed', error: toShape(thrown) });
    }
  };
  return { state, start, cancel };
}
