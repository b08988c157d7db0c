import type { EpisodeSummary } from '../../../shared/episode';
import type { NumberRange } from '../../ui/number-problem';

/** Rows of an episode that are kept of it, both included. */
export interface KeptPart {
  from: number;
  to: number;
}

export type Handle = keyof KeptPart;

/** How far a key moves a handle, steps; `PageUp` goes back, as on the time line. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: 25,
  PageUp: -25,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** By how many steps a key moves a handle; ten times as far with Shift. Undefined for a key that moves nothing. */
export function stepsOfKey(key: string, shift: boolean): number | undefined {
  const steps = STEPS[key];
  return steps === undefined ? undefined : steps * (shift ? 10 : 1);
}

/** Where a handle may stand: a step or more is kept, so the other one is never reached. */
export function handleRange(kept: KeptPart, handle: Handle, lastRow: number): { min: number; max: number } {
  return handle === 'from' ? { min: 0, max: kept.to - 1 } : { min: kept.from + 1, max: lastRow };
}

/** A handle put to a row, or as near to it as it may stand. */
export function withHandle(kept: KeptPart, handle: Handle, row: number, lastRow: number): KeptPart {
  const { min, max } = handleRange(kept, handle, lastRow);
  return { ...kept, [handle]: Math.min(max, Math.max(min, Math.round(row))) };
}

/** What may be typed for a handle. */
export const typedRange = (kept: KeptPart, handle: Handle, lastRow: number): NumberRange => ({
  ...handleRange(kept, handle, lastRow),
  whole: true,
});

/** Why an episode cannot be edited, as a sentence; null where it can. */
export function editProblem({ state, deletedAt, steps }: EpisodeSummary): string | null {
  if (state === 'recording') return 'It is being recorded: it can be cut when it has ended.';
  if (deletedAt !== null) return 'It is deleted: bring it back first.';
  return steps < 2 ? 'It has a single step, of which nothing can be cut.' : null;
}

/** The rows at which a part begins that was not recorded right behind the one before it. */
export function seamRows({ parts }: Pick<EpisodeSummary, 'parts'>): number[] {
  let rows = 0;
  return parts.slice(0, -1).map(({ from, to }) => {
    rows += to - from;
    return rows;
  });
}

/** A split leaves a step or more on both sides; at a seam the row itself begins the second episode. */
export function splitProblem(summary: EpisodeSummary, row: number): string | null {
  const problem = editProblem(summary);
  if (problem !== null) return problem;
  const first = seamRows(summary).includes(row) ? row : row + 1;
  if (first >= 2 && row < summary.steps) return null;
  return 'Move along the time line to where it is to be split.';
}
