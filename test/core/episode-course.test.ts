import { describe, expect, it } from 'vitest';
import { EpisodeCourse } from '../../src/main/core/episode-course';

const course = (carries: boolean) =>
  new EpisodeCourse(
    {
      periodMs: 50,
      history: 1,
      sight: { pilots: ['planner'], cameras: [{ name: 'side', oldest: 8 }], stack: 1, carries },
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

describe('the course of an episode for somebody who looks through two cameras', () => {
  const both = () =>
    new EpisodeCourse(
      {
        ...{ periodMs: 50, history: 1 },
        sight: {
          pilots: ['planner'],
          cameras: [
            { name: 'side', oldest: 2 },
            { name: 'top', oldest: 4 },
          ],
          ...{ stack: 2, carries: false },
        },
      },
      () => 0,
    );

  it('has the newest picture of each at every step, in the order in which they are looked through', () => {
    const one = both();
    one.begin();
    one.saw('top', 0, picture(100));
    expect(one.pictures(0)).toBeUndefined();
    for (let step = 0; step < 4; step++) one.saw('side', step, picture(step));
    one.saw('top', 3, picture(103));
    expect(one.pictures(3)).toEqual([picture(2), picture(100), picture(3), picture(103)]);
    expect(one.pictures(0)).toEqual([picture(0), picture(100), picture(0), picture(100)]);
  });

  it('names the one that does not show anything, or has stopped', () => {
    const one = both();
    one.begin();
    one.saw('side', 0, picture(0));
    expect(one.blindTo(0)).toBe('top');
    one.saw('top', 0, picture(0));
    expect([0, 2].map((step) => one.blindTo(step))).toEqual([undefined, undefined]);
    expect(one.blindTo(3)).toBe('side');
    one.saw('side', 4, picture(4));
    expect([4, 5].map((step) => one.blindTo(step))).toEqual([undefined, 'top']);
  });
});
