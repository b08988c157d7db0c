import { useState } from 'react';
import type { EpisodeWindow } from '../../../shared/episode-window';
import type { Look } from '../look';
import { type Span, secondOf } from '../rows';
import type { Handle, KeptPart } from './kept-part';

/** What of an episode is going to be kept; null while nobody wants to cut it. The row that is looked at goes with the handles. */
export function useTrim(whole: EpisodeWindow, { setRow }: Pick<Look, 'setRow'>) {
  const [kept, setKept] = useState<KeptPart | null>(null);
  const span: Span | null = kept && { from: secondOf(whole, kept.from), to: secondOf(whole, kept.to) };
  return {
    ...{ kept, span },
    begin: () => setKept({ from: 0, to: whole.summary.steps }),
    end: () => setKept(null),
    move: (next: KeptPart, handle: Handle) => {
      setKept(next);
      setRow(next[handle]);
    },
  };
}
export type Trim = ReturnType<typeof useTrim>;
