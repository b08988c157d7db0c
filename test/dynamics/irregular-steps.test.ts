import { beforeAll, describe, expect, it } from 'vitest';
import { smoothEpisodes } from '../../src/main/dynamics/data/smoothing';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../../src/main/dynamics/types';
import { Random } from '../../src/shared/random';
import { PENDULUM, pendulumEpisodes, quickOptions } from './dynamics-helpers';

/** The same motion, where a share of the observations came late: the loop saw the one before it again. */
function late(episodes: readonly TrainingEpisode[], share: number): TrainingEpisode[] {
  const random = new Random(5);
  return episodes.map(({ id, columns }) => {
    const observations = columns.observations.slice();
    const deviceSeconds = Float64Array.from(
      { length: columns.rows },
      (_, row) => row * PENDULUM.periodSeconds,
    );
    for (let row = columns.rows - 1; row > 0; row--) {
      if (random.uniform() >= share) continue;
      observations.set(columns.observations.subarray((row - 1) * 2, row * 2), row * 2);
      deviceSeconds[row] = (row - 1) * PENDULUM.periodSeconds;
    }
    return { id, columns: { ...columns, observations, deviceSeconds } };
  });
}

describe('the verdict on a recording in which one observation in twenty came late', () => {
  const clean = pendulumEpisodes(6, 400, 3);
  const irregular = late(clean, 0.05);
  let model: DynamicsModel;
  beforeAll(async () => {
    const episodes = pendulumEpisodes(6, 150, 1);
    const options = quickOptions({ epochs: 80 });
    model = await trainModel({ name: 'm', rig: 'r', channels: PENDULUM, episodes, options });
  });

  const judged = async (episodes: readonly TrainingEpisode[]) => {
    const evaluation = await evaluateModel(model, episodes, {
      ...{ horizons: [1, 5, 10, 25], kind: 'unseen', report: { trustedFraction: 0.002 } },
    });
    const { report } = evaluation;
    if (!report) throw new Error('no report');
    const at = report.calibration[0]?.levels.indexOf(0.9) ?? -1;
    return { ...evaluation, report, holds: report.calibration[0]?.before[at] ?? Number.NaN };
  };

  it('says nothing, and goes on, where no regular step is left to begin at', async () => {
    const episodes = pendulumEpisodes(2, 3, 5).map(({ id, columns }) => ({
      id,
      columns: { ...columns, deviceSeconds: new Float64Array(columns.rows) },
    }));
    const evaluation = await evaluateModel(model, episodes, { horizons: [1, 5], kind: 'unseen' });
    expect(evaluation.samples).toEqual([0, 0]);
    expect(evaluation.channels[0]?.error).toEqual([null, null]);
  });

  it('is that of the same motion without, and says how many steps were left out', async () => {
    const [whole, cut] = [await judged(clean), await judged(irregular)];
    cut.channels.forEach((channel, c) => {
      for (const kind of ['error', 'last', 'velocity'] as const) {
        channel[kind].forEach((error, h) => {
          const ratio = (error ?? Number.NaN) / (whole.channels[c]?.[kind][h] ?? Number.NaN);
          expect(Math.abs(Math.log(ratio)), `${channel.name} ${kind}`).toBeLessThan(Math.log(1.3));
        });
      }
    });
    expect(Math.abs((cut.report.nll ?? Number.NaN) - (whole.report.nll ?? Number.NaN))).toBeLessThan(0.2);
    expect(Math.abs(cut.holds - whole.holds)).toBeLessThan(0.05);
    cut.report.channels.forEach(({ trusted, measured }, c) => {
      expect(Math.abs((trusted ?? 0) - (whole.report.channels[c]?.trusted ?? 0))).toBeLessThanOrEqual(1);
      expect(measured).toBe(whole.report.channels[c]?.measured);
    });
    const left = cut.judgedOn.irregular;
    expect(left).toBeGreaterThan(100);
    expect(cut.judgedOn.steps + left).toBe(whole.judgedOn.steps);
    expect(cut.report.notes.join(' ')).toContain(`${left} steps that did not take one control period`);
    // Where there is data: the steps that are left, and no others.
    const counted = (map: { count: number[][] }) => map.count.flat().reduce((sum, n) => sum + n, 0);
    expect(cut.report.coverage.map(counted)).toEqual(cut.report.coverage.map(() => cut.judgedOn.steps));
  });

  it('leaves a straight motion straight when it is smoothed, up to a late observation and after it', () => {
    const ramp = Array.from({ length: 41 }, (_, row) => [0, row]).flat();
    const episode = {
      id: 1,
      columns: { rows: 41, observations: Float64Array.from(ramp), actions: new Float64Array(41) },
    };
    const [smoothed] = smoothEpisodes(PENDULUM, late([episode], 0.05), 0.45).episodes;
    const seen = smoothed?.columns.observations ?? [];
    const given = late([episode], 0.05)[0]?.columns.observations ?? [];
    for (let row = 0; row < 41; row++) expect(seen[row * 2 + 1]).toBeCloseTo(given[row * 2 + 1] ?? 0, 9);
    expect(given[1 + 2 * 40]).toBe(40);
  });
});
