import { describe, expect, it } from 'vitest';
import { EpisodeCourse } from '../../src/main/core/episode-course';

const course = (carries: boolean) =>
  new EpisodeCourse(
    {
      periodMs: 50,
      history: 1,
      sight: { pilots: ['planner'], cameras: [{ name: 'side', every: 1, oldest: 8 }], stack: 1, carries },
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
      { step: 0, before: null, pictures: [picture(0)] },
      { step: 1, before: [0], pictures: [null] },
      { step: 2, before: [1], pictures: [picture(2)] },
      { step: 3, before: [2], pictures: [null] },
      { step: 4, before: [3], pictures: [picture(4)] },
    ]);
    one.begin();
    expect(one.glimpses(0)).toEqual([{ step: 0, before: null, pictures: [null] }]);
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
    // Of two that one step saw for the first time it is the newer one that counts.
    one.saw('side', 99, picture(7));
    expect(one.glimpses(99)!.at(-1)?.pictures).toEqual([picture(7)]);
    for (const { step, before, pictures: seen } of told) {
      expect([before, seen]).toEqual([[step - 1], [picture(step)]]);
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

describe('a step of an episode that is decided in late', () => {
  it('has what was observed there, what was before it, and what was done since', () => {
    const one = new EpisodeCourse(
      {
        ...{ periodMs: 50, history: 3 },
        sight: {
          pilots: ['planner'],
          cameras: [{ name: 'side', every: 1, oldest: 2 }],
          ...{ stack: 3, carries: false },
        },
      },
      () => 0,
    );
    one.begin();
    const row = (step: number) => one.observed({ observation: [step], action: [100 + step] });
    for (let step = 0; step < 3; step++) row(step);
    expect(one.earlier(1, 2)).toEqual({
      ...{ observation: [1], done: [[101]] },
      past: { observations: [[0]], actions: [[100]] },
    });
    for (let step = 3; step < 40; step++) row(step);
    expect(one.earlier(35, 38)).toEqual({
      ...{ observation: [35], done: [[135], [136], [137]] },
      past: { observations: [[33], [34]], actions: [[133], [134]] },
    });
    // Further back than it is from now on.
    expect(one.past(true)).toEqual({ observations: [[37], [38]], actions: [[137], [138]] });
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
            { name: 'side', every: 1, oldest: 2 },
            { name: 'top', every: 2, oldest: 4 },
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

  it('knows what was seen until the step whose pictures have come from all of them', () => {
    const one = both();
    one.begin();
    one.saw('top', 0, picture(100));
    for (let step = 0; step < 3; step++) one.saw('side', step, picture(step));
    // The slower one has no picture of its own at every second step.
    expect([0, 1, 2].map((step) => one.seenUntil(step))).toEqual([0, 1, 1]);
    one.saw('top', 2, picture(102));
    expect([2, 3].map((step) => one.seenUntil(step))).toEqual([2, 2]);
  });

  it('is not blind to a camera whose pictures come late, but to one from which none comes', () => {
    const one = both();
    one.begin();
    const tick = (step: number) => one.arrived({ step, observation: [0], action: [0] }, 1, () => undefined);
    for (let step = 0; step < 12; step++) {
      tick(step);
      one.saw('top', step, picture(step));
      if (step >= 5) one.saw('side', step - 5, picture(step - 5));
    }
    expect([one.blindTo(11), one.seenUntil(11)]).toEqual([undefined, 6]);
    for (let step = 12; step < 15; step++) {
      tick(step);
      one.saw('top', step, picture(step));
    }
    expect(one.blindTo(14)).toBe('side');
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
