import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/shared/random';
import { blank, channel, flagsOf, kinds, type Recorded } from './looked';

const ROWS = 400;
const PERIOD = 0.02;

/** A joint that swings and its speed, both with noise, driven by an action that is never the same. */
function swinging(seed: number, rows = ROWS): Recorded {
  const noise = 1e-3;
  const limits: [number, number] = [-3, 3];
  const recorded = blank(
    rows,
    [channel('q', 'rad', { limits }), channel('dq', 'rad/s', { limits: [-9, 9] })],
    [channel('torque', 'N m', { limits: [-1, 1] })],
    PERIOD,
  );
  const random = new Random(seed);
  const [rate, phase] = [random.uniformIn(1, 6), random.uniformIn(0, 6)];
  for (let row = 0; row < rows; row++) {
    const at = rate * row * PERIOD + phase;
    recorded.columns.observations[2 * row] = Math.sin(at) + noise * random.normal();
    recorded.columns.observations[2 * row + 1] = rate * Math.cos(at) + noise * random.normal();
    if (row < rows - 1) recorded.columns.actions[row] = random.uniformIn(-1, 1);
  }
  return recorded;
}

const seeds = fc.integer({ min: 0, max: 1e6 });
/** A row with enough rows on both sides to say what is usual there. */
const places = fc.integer({ min: 30, max: ROWS - 31 });
const RUNS = { numRuns: 40 };

describe('an episode in which nothing is wrong', () => {
  it('has no flag, however it is cut into chunks', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: ROWS }), (seed, length) => {
        expect(kinds(flagsOf(swinging(seed), length))).toEqual([]);
      }),
      RUNS,
    );
  });
});

describe('a jerk', () => {
  it('of one sample or two is found at its step, in any channel', () => {
    fc.assert(
      fc.property(seeds, places, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: ROWS }), (...it) => {
        const [seed, row, ofSpeed, isLong, length] = it;
        const recorded = swinging(seed);
        for (let at = row; at <= row + (isLong ? 1 : 0); at++) {
          recorded.columns.observations[2 * at + (ofSpeed ? 1 : 0)] += 0.5;
        }
        const flags = flagsOf(recorded, length);
        expect(kinds(flags)).toEqual([ofSpeed ? 'jerk dq' : 'jerk q']);
        expect(flags[0]).toMatchObject({ from: row, to: isLong ? row + 1 : row });
        expect(Math.abs((flags[0]?.amount ?? 0) - 0.5)).toBeLessThan(isLong ? 0.3 : 0.05);
      }),
      RUNS,
    );
  });

  it('that stays is found in a position, and taken for a blow in a speed', () => {
    fc.assert(
      fc.property(seeds, places, (seed, row) => {
        const shifted = (channel: number) => {
          const recorded = swinging(seed);
          for (let at = row; at < ROWS; at++) recorded.columns.observations[2 * at + channel] += 0.4;
          return flagsOf(recorded);
        };
        expect(shifted(0)).toMatchObject([{ kind: 'jerk', channel: 'q', from: row - 1, to: row }]);
        expect(kinds(shifted(1))).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is none where a position bends at a blow, nor where an angle goes over the top', () => {
    const recorded = blank(
      ROWS,
      [channel('x', 'm'), channel('a', 'rad', { angle: true })],
      [channel('u', 'N')],
    );
    for (let row = 0; row < ROWS; row++) {
      recorded.columns.observations[2 * row] = Math.abs(row - 200) * 0.03;
      recorded.columns.observations[2 * row + 1] = Math.atan2(Math.sin(row / 9), Math.cos(row / 9));
      recorded.columns.actions[row] = Math.sin(row);
    }
    expect(kinds(flagsOf(recorded))).toEqual([]);
  });

  it('a thousand times over is a few flags', () => {
    const recorded = swinging(3, 2000);
    for (let row = 40; row < 1960; row += 40) recorded.columns.observations[2 * row] += 1;
    const flags = flagsOf(recorded);
    expect(flags.length).toBeLessThanOrEqual(16);
    expect(flags.at(-1)?.message).toMatch(/^q jumps \d+ times more\.$/);
  });
});

describe('a channel that stands still to the bit while the actions move', () => {
  it('is frozen from where it does, at any place and for any long while', () => {
    fc.assert(
      fc.property(seeds, places, fc.integer({ min: 40, max: 200 }), (seed, row, length) => {
        const recorded = swinging(seed);
        const last = Math.min(ROWS - 1, row + length);
        fc.pre(last - row >= 40);
        const held = recorded.columns.observations[2 * row] ?? 0;
        for (let at = row; at <= last; at++) recorded.columns.observations[2 * at] = held;
        const frozen = flagsOf(recorded).filter(({ kind }) => kind === 'frozen');
        expect(frozen).toMatchObject([{ channel: 'q', from: row, to: last }]);
        expect(frozen[0]?.message).toContain('to the last digit');
      }),
      RUNS,
    );
  });

  it('from beginning to end is constant; at rest, without actions that move, it is neither', () => {
    const dead = swinging(5);
    for (let row = 0; row < ROWS; row++) dead.columns.observations[2 * row] = 0.25;
    expect(flagsOf(dead)).toMatchObject([
      { kind: 'constant', channel: 'q', from: 0, to: ROWS - 1, amount: 0.25 },
    ]);
    const resting = swinging(5);
    for (let row = 100; row < ROWS; row++) {
      resting.columns.observations.set([0.25, 0], 2 * row);
      resting.columns.actions[row] = row < ROWS - 1 ? 0 : Number.NaN;
    }
    expect(kinds(flagsOf(resting)).filter((kind) => kind.startsWith('frozen'))).toEqual([]);
  });

  it('is told once where all of them do', () => {
    const recorded = swinging(6);
    for (let row = 150; row <= 250; row++) {
      recorded.columns.observations.set(recorded.columns.observations.slice(300, 302), 2 * row);
    }
    const frozen = flagsOf(recorded).filter(({ kind }) => kind === 'frozen');
    expect(frozen).toMatchObject([{ channel: null, from: 150, to: 250 }]);
  });

  it('is not frozen where its encoder is coarse', () => {
    const recorded = swinging(7);
    for (let row = 0; row < ROWS; row++) {
      recorded.columns.observations[2 * row] = Math.round(8 * Math.sin(row / 60)) / 8;
    }
    expect(kinds(flagsOf(recorded)).filter((kind) => kind.startsWith('frozen'))).toEqual([]);
  });
});

describe('saturation', () => {
  it('is told with its share and its place, of actions from a quarter of the time on', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 130, max: 190 }),
        (seed, row, length) => {
          const recorded = swinging(seed);
          for (let at = row; at < row + length; at++) recorded.columns.actions[at] = 1;
          const flags = flagsOf(recorded).filter(({ kind }) => kind === 'saturated');
          expect(flags).toMatchObject([{ channel: 'torque', from: row, to: row + length - 1 }]);
          expect(flags[0]?.amount).toBeCloseTo(length / (ROWS - 1), 9);
        },
      ),
      RUNS,
    );
  });

  it('is told of a sensor that reads its limit, and not of one that is beyond it', () => {
    const recorded = swinging(8);
    for (let row = 100; row < 140; row++) recorded.columns.observations[2 * row + 1] = 9;
    expect(flagsOf(recorded).filter(({ kind }) => kind === 'saturated')).toMatchObject([
      { channel: 'dq', from: 100, to: 139, amount: 0.1 },
    ]);
    for (let row = 100; row < 140; row++) recorded.columns.observations[2 * row + 1] = 9 + row / 1000;
    expect(kinds(flagsOf(recorded)).filter((kind) => kind.startsWith('saturated'))).toEqual([]);
  });

  it('is none where an action is switched between its ends', () => {
    const recorded = swinging(9);
    for (let row = 0; row < ROWS - 1; row++) recorded.columns.actions[row] = row % 7 < 3 ? -1 : 1;
    expect(kinds(flagsOf(recorded))).toEqual([]);
    for (let row = 0; row < ROWS - 1; row++) recorded.columns.actions[row] = 1;
    expect(kinds(flagsOf(recorded))).toContain('saturated torque');
  });
});

describe('a clock', () => {
  it('that leaps against the other, or goes back, is found where it does', () => {
    fc.assert(
      fc.property(
        seeds,
        places,
        fc.constantFrom(0.3, -0.3, 40, -40),
        fc.boolean(),
        (seed, row, by, ofHost) => {
          const recorded = swinging(seed);
          const clock = ofHost ? recorded.columns.hostSeconds : recorded.columns.deviceSeconds;
          for (let at = row; at < ROWS; at++) clock[at] += by;
          const flags = flagsOf(recorded);
          expect(kinds(flags)).toEqual(['clock-jump']);
          expect(flags[0]).toMatchObject({ from: row - 1, to: row });
          expect(flags[0]?.message).toContain(by < 0 ? 'went back' : 'leapt');
        },
      ),
      RUNS,
    );
  });

  it('is not suspected where measurements arrive late and then all at once', () => {
    const recorded = swinging(11);
    const { hostSeconds } = recorded.columns;
    for (let row = 200; row < 205; row++) hostSeconds[row] = (hostSeconds[205] ?? 0) - (205 - row) * 1e-4;
    for (let row = 0; row < 190; row++) hostSeconds[row] += 0.004 * Math.abs(Math.sin(row * row));
    expect(kinds(flagsOf(recorded)).filter((kind) => kind === 'clock-jump')).toEqual([]);
  });

  it('that shows a break on both sides tells that nothing was recorded, unless the break is a seam', () => {
    const recorded = swinging(12);
    const { hostSeconds, deviceSeconds } = recorded.columns;
    for (let row = 180; row < ROWS; row++) {
      hostSeconds[row] += 1;
      deviceSeconds[row] += 1;
    }
    expect(flagsOf(recorded)).toMatchObject([{ kind: 'late', from: 179, to: 180 }]);
    recorded.columns.actions[179] = Number.NaN;
    const seam = { step: 180, kind: 'seam', message: 'Time is missing here.' } as const;
    expect(flagsOf({ ...recorded, episode: { ...recorded.episode, events: [seam] } })).toEqual([]);
  });
});

describe('a loop that does not keep its time', () => {
  it('is told with its worst tick, and so is a device that sends nothing new', () => {
    const recorded = swinging(13);
    for (let row = 50; row < 80; row++) recorded.columns.latenessSeconds[row] = 0.011 + row / 1e6;
    expect(flagsOf(recorded)).toMatchObject([
      { kind: 'late', from: 50, to: 79, amount: 30, message: expect.stringContaining('at step 79') },
    ]);
    const stale = swinging(14);
    for (let row = 60; row < 67; row++) {
      stale.columns.hostSeconds[row] = stale.columns.hostSeconds[59] ?? 0;
      stale.columns.deviceSeconds[row] = stale.columns.deviceSeconds[59] ?? 0;
      stale.columns.observations.set(stale.columns.observations.slice(118, 120), 2 * row);
    }
    expect(flagsOf(stale).filter(({ message }) => message.startsWith('No new measurement'))).toMatchObject([
      { kind: 'late', from: 60, to: 66, amount: 7 },
    ]);
    expect(
      kinds(flagsOf(stale)).filter((kind) => kind.startsWith('jerk') || kind.startsWith('frozen')),
    ).toEqual([]);
  });

  it('is told where the loop itself said that it skipped a period', () => {
    const recorded = swinging(15);
    const events = [{ step: 33, kind: 'overrun', message: 'The tick was 31.0 ms late; 1 skipped.' } as const];
    expect(flagsOf({ ...recorded, episode: { ...recorded.episode, events } })).toMatchObject([
      { kind: 'late', from: 33, to: 33, amount: 1 },
    ]);
  });
});

describe('a value that is no number', () => {
  it('is found in observations and in actions, but for the last one, which leads nowhere', () => {
    fc.assert(
      fc.property(
        seeds,
        places,
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
        (seed, row, value) => {
          const recorded = swinging(seed);
          recorded.columns.observations[2 * row] = value;
          recorded.columns.actions[row + 1] = value;
          const flags = flagsOf(recorded).filter(({ kind }) => kind === 'no-number');
          expect(flags).toMatchObject([
            { channel: 'q', from: row, to: row, amount: 1 },
            { channel: 'torque', from: row + 1, to: row + 1 },
          ]);
        },
      ),
      RUNS,
    );
  });
});
