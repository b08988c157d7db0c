import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/main/dynamics/data/episode-source';
import { gather } from '../../../src/main/dynamics/data/gather';
import { fitNormaliser } from '../../../src/main/dynamics/data/normalise';
import { smoothEpisodes } from '../../../src/main/dynamics/data/smoothing';
import { hashTransitions } from '../../../src/main/dynamics/data/step-rows';
import { sampledStretches } from '../../../src/main/dynamics/data/stretches';
import { pickRows, prepareData } from '../../../src/main/dynamics/data/training-data';
import { collectTransitions } from '../../../src/main/dynamics/data/transitions';
import type { ModelChannels, TrainingEpisode } from '../../../src/main/dynamics/types';
import { wrapAngle } from '../../../src/shared/angles';
import { Random } from '../../../src/shared/random';
import { channel, quickOptions, writtenOut } from '../dynamics-helpers';

const PERIOD = 0.05;
const CHANNELS: ModelChannels = {
  observations: [channel('angle', 'rad', true), channel('place', 'm'), channel('speed', 'rad/s')],
  actions: [channel('torque', 'N m'), channel('valve', '1')],
  periodSeconds: PERIOD,
};

/** Episodes as a rig records them: angles turn over, a place far away, observations that come late. */
function recorded(lengths: readonly number[], seed: number): TrainingEpisode[] {
  const random = new Random(seed);
  return lengths.map((rows, i) => {
    const all = (width: number, draw: (row: number, channel: number) => number) =>
      Float64Array.from({ length: rows * width }, (_, at) => draw(Math.floor(at / width), at % width));
    let late = 0;
    return {
      id: i + 1,
      columns: {
        rows,
        observations: all(3, (row, c) =>
          c === 0
            ? wrapAngle(0.4 * row + random.normal())
            : c === 1
              ? 5e4 + random.normal()
              : random.normal(),
        ),
        actions: all(2, (row) => (row === rows - 1 ? Number.NaN : random.uniformIn(-1, 1))),
        reward: all(1, (row) => (row === 0 ? Number.NaN : random.normal())),
        deviceSeconds: all(1, (row) => {
          late = late > 0 ? late - 1 : random.uniform() < 0.05 ? 1 + random.integer(2) : 0;
          return (row - late) * PERIOD;
        }),
      },
    };
  });
}

const cases = fc.record({
  lengths: fc
    .array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 4 })
    .map((some) => [...some, 90]),
  seed: fc.integer(),
  history: fc.integer({ min: 1, max: 3 }),
  rewardHead: fc.boolean(),
  smoothingSeconds: fc.constantFrom(0, 0.35),
  block: fc.integer({ min: 1, max: 60 }),
});

describe('what a training learns from', () => {
  it('is what the whole recording written out has, in whatever blocks it was read', () => {
    fc.assert(
      fc.property(cases, ({ lengths, seed, block, ...chosen }) => {
        const options = quickOptions(chosen);
        const episodes = recorded(lengths, seed);
        const { episodes: smoothed } = smoothEpisodes(CHANNELS, episodes, options.smoothingSeconds);
        const plain = collectTransitions(CHANNELS, smoothed, options);
        if (plain.count < 8) return;
        const { transitions } = gather(CHANNELS, sourceOf(episodes), options, { leastBlock: block });
        const kept = writtenOut(transitions);
        expect(kept.count).toBe(plain.count);
        expect(transitions.irregular).toBe(plain.irregular);
        expect([...kept.following]).toEqual([...plain.following]);
        const width = plain.states.length / plain.count;
        const near = (ours: Float64Array, theirs: Float64Array, isAngle: (at: number) => boolean) =>
          ours.every((value, at) => {
            const apart = value - theirs[at];
            return Math.abs(isAngle(at) ? wrapAngle(apart) : apart) < 2e-6;
          });
        const angles = (at: number) => at % width < 3 * options.history && (at % width) % 3 === 0;
        expect(near(kept.states, plain.states, angles)).toBe(true);
        expect(near(kept.actions, plain.actions, () => false)).toBe(true);
        expect(
          near(kept.inputs, plain.inputs, (at) =>
            /change of angle/.test(plain.inputNames[at % plain.inputNames.length] ?? ''),
          ),
        ).toBe(true);
        expect(near(kept.targets, plain.targets, (at) => at % plain.targetNames.length === 0)).toBe(true);
        const whole = gather(CHANNELS, sourceOf(episodes), options).transitions;
        if (options.smoothingSeconds === 0) expect(hashTransitions(transitions)).toBe(hashTransitions(whole));
      }),
    );
  });

  it('has the mean and the deviation that two passes over the plain numbers find', () => {
    fc.assert(
      fc.property(cases, ({ lengths, seed, block: _, ...chosen }) => {
        const options = quickOptions({ ...chosen, smoothingSeconds: 0 });
        const episodes = recorded(lengths, seed);
        const plain = collectTransitions(CHANNELS, episodes, options);
        if (plain.count < 8) return;
        const { transitions } = gather(CHANNELS, sourceOf(episodes), options);
        const rows = Int32Array.from({ length: plain.count }, (_, i) => i).filter((i) => i % 7 !== 0);
        const { inputMean, inputStd, targetMean, targetStd } = fitNormaliser(transitions, rows);
        const pairs = [
          [plain.inputs, inputMean, inputStd],
          [plain.targets, targetMean, targetStd],
        ] as const;
        for (const [values, mean, std] of pairs) {
          for (let column = 0; column < mean.length; column++) {
            const list = Array.from(rows, (row) => values[row * mean.length + column]);
            const average = list.reduce((a, b) => a + b, 0) / list.length;
            const deviation = Math.sqrt(list.reduce((sum, x) => sum + (x - average) ** 2, 0) / list.length);
            expect(mean[column]).toBeCloseTo(Math.fround(average), 5);
            expect(std[column] / deviation).toBeCloseTo(1, 5);
          }
        }
      }),
    );
  });

  it('is normalised row by row as the formula says, with and without angles and a history', () => {
    const plain = {
      ...CHANNELS,
      observations: CHANNELS.observations.map((one) => ({ ...one, angle: false })),
    };
    for (const [channels, history] of [
      [plain, 1],
      [CHANNELS, 1],
      [plain, 3],
    ] as const) {
      const options = quickOptions({ history });
      const data = prepareData(channels, recorded([200], 5), options);
      const { inputs, targets, count } = writtenOut(data.transitions);
      const { inputMean, inputStd, targetMean, targetStd } = data.normaliser;
      const every = Int32Array.from({ length: count }, (_, i) => count - 1 - i);
      const rows = pickRows(data, every);
      every.forEach((index, row) => {
        inputMean.forEach((mean, c) => {
          const value = (inputs[index * inputMean.length + c] - mean) / inputStd[c];
          expect(rows.inputs[row * inputMean.length + c]).toBeCloseTo(value, 5);
        });
        targetMean.forEach((mean, c) => {
          const value = (targets[index * targetMean.length + c] - mean) / targetStd[c];
          expect(rows.targets[row * targetMean.length + c]).toBeCloseTo(value, 5);
        });
      });
    }
  });

  it('lies in memory that threads share', () => {
    const { transitions } = gather(CHANNELS, sourceOf(recorded([90], 1)), quickOptions({ history: 2 }));
    const { rows, steps, following } = transitions;
    for (const values of [rows.observations, rows.actions, rows.targets, steps, following]) {
      expect(values?.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });
});

describe('a sample of a recording', () => {
  it('is everything where that is little, and otherwise pieces all over it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 200, max: 4000 }),
        (lengths, most) => {
          const stretches = lengths.map((rows, i) => ({ episode: i, firstRow: 10 * i, rows }));
          const sample = sampledStretches(stretches, { most, piece: 100 });
          const total = lengths.reduce((a, b) => a + b, 0);
          if (total <= most) {
            expect(sample).toEqual(stretches);
            return;
          }
          const rows = sample.reduce((sum, one) => sum + one.rows, 0);
          expect(rows).toBeLessThanOrEqual(most + 100);
          for (const { episode, firstRow, rows: own } of sample) {
            expect(firstRow).toBeGreaterThanOrEqual(10 * episode);
            expect(firstRow + own).toBeLessThanOrEqual(10 * episode + (lengths[episode] ?? 0));
          }
          expect(new Set(sample.map(({ episode, firstRow }) => `${episode} ${firstRow}`)).size).toBe(
            sample.length,
          );
        },
      ),
    );
  });
});
