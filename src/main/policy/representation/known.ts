import { inputsOf } from '../../dynamics/data/transitions';
import type { ModelLayout } from '../../dynamics/layout';

/**
 * What a policy met while it learned: of every input that its network sees of a state (dynamics/layout.ts, before it is
 * normalised) the lowest and the highest value. Beyond them nobody has ever told it what to do.
 */
export class KnownRanges {
  #ranges: [number, number][] = [];

  /** @param ranges what was met before, to go on from */
  constructor(
    private readonly layout: ModelLayout,
    ranges: readonly (readonly [number, number])[] = [],
  ) {
    this.#ranges = ranges.map(([low, high]) => [low, high]);
  }

  /** @param state [stateWidth] SI units */
  add(state: ArrayLike<number>): void {
    for (const [i, value] of inputsOf(this.layout, state, []).entries()) {
      const [low, high] = this.#ranges[i] ?? [value, value];
      this.#ranges[i] = [Math.min(low, value), Math.max(high, value)];
    }
  }

  /** [inputs][lowest, highest]; null before there was a state. */
  get ranges(): [number, number][] | null {
    return this.#ranges.length > 0 ? this.#ranges.map(([low, high]) => [low, high]) : null;
  }
}

/** Beyond the ranges by no more than this share of them nobody calls it another place. */
const MARGIN = 0.05;

/** Is a state [stateWidth] among what was met? Null where nobody knows what that was. */
export function isKnown(
  layout: ModelLayout,
  ranges: readonly (readonly [number, number])[] | null,
  state: ArrayLike<number>,
): boolean | null {
  if (ranges === null) return null;
  return inputsOf(layout, state, []).every((value, i) => {
    const [low, high] = ranges[i] ?? [value, value];
    const margin = MARGIN * (high - low);
    // Written so that a value that is no number is not among them.
    return value >= low - margin && value <= high + margin;
  });
}
