import { useEffect, useRef, useState } from 'react';
import type { ErrorShape } from '../../../shared/errors';
import type { ExportPlan, ExportReport, FormatName } from '../../../shared/export';
import { api, toShape } from '../../api';

/** How far an export is. */
export type ExportState =
  | { kind: 'looking' }
  | { kind: 'planned'; plan: ExportPlan }
  | { kind: 'writing'; plan: ExportPlan; share: number }
  | { kind: 'done'; report: ExportReport }
  | { kind: 'failed'; error: ErrorShape };

/** An export from being looked at to its file; another format begins anew. Whoever goes away stops it. */
export function useExport(ids: readonly number[], format: FormatName, dataset: number | undefined) {
  const [state, setState] = useState<ExportState>({ kind: 'looking' });
  const stop = useRef(new AbortController());
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same episodes are another list with every drawing
  useEffect(() => {
    const own = new AbortController();
    stop.current = own;
    setState({ kind: 'looking' });
    const show = (next: ExportState) => !own.signal.aborted && setState(next);
    api()
      .exports.plan({ format, ids: [...ids] }, { signal: own.signal })
      .then(
        (plan) => show({ kind: 'planned', plan }),
        (thrown) => show({ kind: 'failed', error: toShape(thrown) }),
      );
    return () => own.abort();
  }, [ids.join(), format]);

  const start = async (plan: ExportPlan) => {
    const { signal } = stop.current;
    const show = (next: ExportState) => !signal.aborted && setState(next);
    show({ kind: 'writing', plan, share: 0 });
    try {
      for await (const step of await api().exports.run({ format, ids: [...ids], dataset }, { signal })) {
        show(
          step.kind === 'done' ? step : { kind: 'writing', plan, share: step.done / Math.max(1, step.total) },
        );
      }
    } catch (thrown) {
      show({ kind: 'failed', error: toShape(thrown) });
    }
  };
  return { state, start };
}
