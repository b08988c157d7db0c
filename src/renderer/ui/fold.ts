import type { EpisodeEvent } from '../../shared/episode';

/** One event, or several alike in a row. */
export interface FoldedEvents {
  kind: EpisodeEvent['kind'];
  message: string;
  /** Lowest and highest step. */
  from: number;
  to: number;
  count: number;
  key: string;
}

/** Puts neighbours of the same kind and message into one entry, so that a hundred of a kind do not bury the one that matters. */
export function foldEvents(events: readonly (EpisodeEvent & { id?: number })[]): FoldedEvents[] {
  const out: FoldedEvents[] = [];
  events.forEach((event, i) => {
    const last = out.at(-1);
    if (last && last.kind === event.kind && last.message === event.message) {
      last.from = Math.min(last.from, event.step);
      last.to = Math.max(last.to, event.step);
      last.count += 1;
    } else {
      const { kind, message, step } = event;
      out.push({ kind, message, from: step, to: step, count: 1, key: String(event.id ?? i) });
    }
  });
  return out;
}
