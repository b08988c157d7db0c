import { describe, expect, it } from 'vitest';
import { EpisodeCourse } from '../../src/main/core/episode-course';

const course = (carries: boolean) =>
  new EpisodeCourse(
    {
      periodMs: 50,
      history: 1,
      sight: { pilots: ['planner'], camera: 'side', stack: 1, oldest: 8, carries },
    },
    () => 0,
  );
const picture = (step: number) => Uint8Array.of(step);

describe('the course of an episode for somebody who carries on what was seen', () => {
  it('tells of every step what was done since the one before and what was seen for the first time', () => {
    const one = course(true);
    one.begin();
    for (let step = 0; step < 5; step++) {
      if (step % 2 === 0) one.saw('side', step, picture(step));
      one.saw('top', step, picture(99));
      if (step < 4) one.observed({ observation: [0], action: [step] });
    }
    expect(one.glimpses(4)).toEqual([
      { step: 0, before: null, picture: picture(0) },
      { step: 1, before: [0], picture: null },
      { step: 2, before: [1], picture: picture(2) },
      { step: 3, before: [2], picture: null },
      { step: 4, before: [3], picture: picture(4) },
    ]);
    one.begin();
    expect(one.glimpses(0)).toEqual([{ step: 0, before: null, picture: null }]);
  });

  it('tells of the newest steps of a long episode, with what was done before each', () => {
    const one = course(true);
    one.begin();
    for (let step = 0; step < 100; step++) {
      one.saw('side', step, picture(step));
      one.observed({ observation: [0], action: [step] });
    }
    const told = one.glimpses(99)!;
    expect(told).toHaveLength(32);
    for (const { step, before, picture: seen } of told) {
      expect([before, seen]).toEqual([[step - 1], picture(step)]);
    }
  });

  it('is none for somebody who looks at the newest pictures alone', () => {
    const one = course(false);
    one.begin();
    one.saw('side', 0, picture(0));
    expect(one.glimpses(0)).toBeUndefined();
    expect(one.pictures(0)).toEqual([picture(0)]);
  });
});
