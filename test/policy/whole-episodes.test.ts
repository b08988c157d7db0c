import { describe, expect, it } from 'vitest';
import type { Transition } from '../../src/main/policy/replay';
import { WholeEpisodes } from '../../src/main/policy/whole-episodes';

const number = (value: number) => Float32Array.of(value);
const step = (episode: number, at: number, behaviour: number, last = false): Transition => ({
  ...{ state: number(at), action: number(0), reward: 1, next: number(at + 1), terminated: false, last },
  taken: { episode, step: at, behaviour, asked: number(0), advice: null },
});
const found = (whole: WholeEpisodes) =>
  whole.take(100).map((steps) => steps.map(({ taken }) => [taken?.episode, taken?.step]));

describe('whole episodes of one behaviour', () => {
  it('are those that it drove from their first step to their last', () => {
    const whole = new WholeEpisodes();
    whole.of(1);
    whole.add([step(0, 0, 1), step(0, 1, 1, true), step(1, 0, 1)]);
    expect(whole.count).toBe(1);
    whole.add([step(1, 1, 1, true)]);
    expect(found(whole)).toEqual([
      [
        [0, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
    ]);
    expect(whole.count).toBe(0);
    expect(whole.stepsLeftOut).toBe(0);
  });

  it('are none that the behaviour before has begun, as on a rig that drives on while somebody learns', () => {
    const whole = new WholeEpisodes();
    whole.of(1);
    whole.add([step(0, 0, 1), step(0, 1, 1)]);
    whole.of(2);
    // The old policy drives on for a step; the rest of its episode is no episode of the new one.
    whole.add([step(0, 2, 1), step(0, 3, 2), step(0, 4, 2, true), step(1, 0, 2, true)]);
    expect(found(whole)).toEqual([[[1, 0]]]);
    expect(whole.stepsLeftOut).toBe(5);
  });

  it('are none of which a step is missing', () => {
    const whole = new WholeEpisodes();
    whole.of(1);
    whole.add([step(0, 0, 1), step(0, 2, 1), step(0, 3, 1, true)]);
    whole.add([step(1, 0, 1), step(2, 0, 1), step(2, 1, 1, true)]);
    expect(found(whole)).toEqual([
      [
        [2, 0],
        [2, 1],
      ],
    ]);
    expect(whole.stepsLeftOut).toBe(4);
  });

  it('cannot be made of what was recorded', () => {
    const { taken, ...recorded } = step(0, 0, 1);
    expect(taken).toBeDefined();
    expect(() => new WholeEpisodes().add([recorded])).toThrow(RangeError);
  });
});
