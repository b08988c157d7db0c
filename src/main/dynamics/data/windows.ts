import { ForesightError } from '../../../shared/errors';
import type { LossOptions } from '../../../shared/model-options';
import { sharedIntegers } from './shared-arrays';
import type { Split } from './splits';
import type { Transitions } from './step-rows';

/** Transitions and on which side of the split each of them is. */
interface SplitTransitions {
  transitions: Pick<Transitions, 'count' | 'following'>;
  split: Split;
}

/** Steps that rounds of corrections are judged over at least, however few are corrected: what counts is further ahead. */
const CORRECTIONS_JUDGED = 25;
/** Length of a held-out stretch in windows: a longer one has more windows in it, and more of them are the same motion. */
const STRETCH = 2;

/** Steps in a row that a loss is judged over on what is held out, and transitions in a row that are held out for it. */
export function judgedOver(loss: LossOptions): { steps: number; stretch: number } {
  switch (loss.name) {
    case 'one-step':
      return { steps: 1, stretch: 1 };
    case 'k-step':
      return { steps: loss.steps, stretch: STRETCH * loss.steps };
    case 'dad': {
      const steps = Math.max(loss.steps, CORRECTIONS_JUDGED);
      return { steps, stretch: steps };
    }
  }
}

/**
 * Transitions that `steps` consecutive ones begin at, all of them on the same side of the split: a window that reaches
 * over the border would be learned from and judged on at once.
 */
export function windowStarts(
  { transitions, split }: SplitTransitions,
  steps: number,
  which: 'train' | 'holdOut',
): Int32Array {
  if (steps === 1) return split[which];
  const inside = new Uint8Array(transitions.count);
  for (const index of split[which]) inside[index] = 1;
  const fits = (start: number) => {
    let at = start;
    for (let step = 1; step < steps; step++) {
      at = transitions.following[at];
      if (at < 0 || inside[at] === 0) return false;
    }
    return true;
  };
  const starts = sharedIntegers(split[which].length);
  let count = 0;
  for (const start of split[which]) if (fits(start)) starts[count++] = start;
  return starts.subarray(0, count);
}

/** What to say when no window is long enough. */
export function noWindowError(
  { transitions }: Pick<SplitTransitions, 'transitions'>,
  steps: number,
): ForesightError {
  return new ForesightError(
    'bad-data',
    `No ${steps} transitions follow one another without interruption in what is learned from; the longest stretch of the recording has ${longestRun(transitions)}.`,
    `Record longer episodes, choose fewer steps than ${steps}, or keep nothing for the verdict (--last 0).`,
  );
}

/** Transitions in the longest uninterrupted stretch. */
export function longestRun({ count, following }: Pick<Transitions, 'count' | 'following'>): number {
  const length = new Int32Array(count);
  let longest = 0;
  // A transition always follows one with a lower index.
  for (let index = 0; index < count; index++) {
    length[index] = length[index] + 1;
    longest = Math.max(longest, length[index]);
    const next = following[index];
    if (next >= 0) length[next] = length[index];
  }
  return longest;
}
