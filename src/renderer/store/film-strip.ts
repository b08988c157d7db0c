import { useEffect, useRef, useState } from 'react';
import type { FilmStrip } from '../../shared/film-strip';
import { api } from '../api';
import { newestOnly } from './newest';

interface Wanted {
  model: string;
  episode: number;
  row: number;
}

/** The strip of a row; until it is here the one before it, of the same episode and model. Of rows that were scrubbed over none is asked for. */
export function useStrip(model: string, episode: number, row: number) {
  const [shown, setShown] = useState<{ of: string; strip: FilmStrip | null; error: unknown }>({
    ...{ of: '', strip: null, error: null },
  });
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const [want] = useState(() =>
    newestOnly(async (wanted: Wanted) => {
      if (!here.current) return;
      const of = keyOf(wanted);
      try {
        const strip = await api().models.strip(wanted);
        if (here.current) setShown({ of, strip, error: null });
      } catch (error) {
        if (here.current) setShown({ of, strip: null, error });
      }
    }),
  );
  useEffect(() => want({ model, episode, row }), [want, model, episode, row]);
  return shown.of === keyOf({ model, episode }) ? shown : { strip: null, error: null };
}

const keyOf = ({ model, episode }: Pick<Wanted, 'model' | 'episode'>): string => `${model} ${episode}`;
