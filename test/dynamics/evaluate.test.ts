import { describe, expect, it } from 'vitest';
import { splitEpisodes } from '../../src/main/dynamics/data/splits';
import { type EvaluateRequest, evaluateModel } from '../../src/main/dynamics/evaluate';
import type { TrainingEpisode } from '../../src/main/dynamics/types';
import { Random } from '../../src/shared/random';
import { episode } from './dynamics-helpers';
import { driftModel, LINE, randomModel } from './models';

const GRID = [1, 2, 5, 10, 25, 50];
const full = (changes: Partial<EvaluateRequest> = {}): EvaluateRequest => ({
  ...{ horizons: GRID, report: { trustedFraction: 0.5 } },
  ...changes,
});

/** Episodes of x' = x + drift + noise ε on LINE. */
function walks(count: number, rows: number, drift: number, noise = 0, seed = 1): TrainingEpisode[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const values: number[] = [];
    let x = random.normal();
    for (let row = 0; row < rows; row++) {
      values.push(x);
      x += drift + noise * random.normal();
    }
    return episode(i + 1, values, [...Array<number>(rows - 1).fill(0), Number.NaN]);
  });
}

const reportOf = async (...args: Parameters<typeof evaluateModel>) => {
  const evaluation = await evaluateModel(...args);
  if (!evaluation.report) throw new Error('no report');
  return { ...evaluation, report: evaluation.report };
};

describe('the error against the horizon', () => {
  it('grows as the model drifts, and is trusted up to the first step beyond the fraction of the spread', async () => {
    // Members drift by 0.03 on average where the line stands still but for its slope: error 0.03 k at k steps.
    const moving = await reportOf(driftModel([0.12, 0.14]), walks(1, 101, 0.1), full());
    const error = moving.channels[0]?.error as number[];
    for (const [h, k] of GRID.entries()) expect(error[h]).toBeCloseTo(0.03 * k, 4);
    // The spread of a ramp of 101 rows with slope 0.1 is 0.1 √((101² − 1) / 12) = 2.915; half of it is passed at step 49.
    expect(moving.report.channels[0]?.spread).toBeCloseTo(2.9155, 3);
    expect(moving.report.channels[0]?.trusted).toBe(48);
    expect(moving.report.channels[0]?.measured).toBe(50);
    const strict = await reportOf(
      driftModel([0.12, 0.14]),
      walks(1, 101, 0.1),
      full({ report: { trustedFraction: 0.01 } }),
    );
    expect(strict.report.channels[0]?.trusted).toBeNull();
  });

  it('of a channel that stands still is no reason for mistrust: there is no spread to lose', async () => {
    const { report } = await reportOf(driftModel([0.02, 0.04]), walks(1, 101, 0), full());
    expect(report.channels[0]).toMatchObject({ spread: 0, trusted: 50, measured: 50 });
    expect(report).toMatchObject({ worst: [], nll: null });
  });

  it('says from where on short episodes are missing', async () => {
    const episodes = [...walks(1, 101, 0.1), ...walks(2, 20, 0.1)].map((one, i) => ({ ...one, id: i + 1 }));
    const { samples, report } = await reportOf(driftModel([0.1]), episodes, full());
    expect(samples).toEqual([99 + 18 + 18, 98 + 34, 95 + 28, 90 + 18, 75, 50]);
    expect(report.notes).toContain(
      'Beyond 18 steps some episodes are too short to count, and at 50 steps 1 of 3 are left: those may be the easier ones.',
    );
  });

  it('stays light where only errors are asked for', async () => {
    const parts: string[] = [];
    const evaluation = await evaluateModel(driftModel([0.1]), walks(1, 60, 0.1), {
      horizons: GRID,
      onProgress: ({ part }) => parts.push(part),
    });
    expect(evaluation.report).toBeNull();
    expect(new Set(parts)).toEqual(new Set(['errors by horizon']));
  });
});

describe('what is not known and what is noise', () => {
  it('come apart: members part in proportion to the steps, noise grows with their root', async () => {
    const { report } = await reportOf(driftModel([-0.05, 0.05], 0.2), walks(4, 200, 0, 0.2), full());
    const [x] = report.channels;
    GRID.forEach((k, h) => {
      expect(x?.epistemic[h]).toBeGreaterThan(0.05 * k * 0.9 - 0.02);
      expect(x?.epistemic[h]).toBeLessThan(0.05 * k * 1.1 + 0.02);
      expect(x?.aleatoric[h]).toBeGreaterThan(0.2 * Math.sqrt(k) * 0.93);
      expect(x?.aleatoric[h]).toBeLessThan(0.2 * Math.sqrt(k) * 1.07);
    });
    // One step needs no sampling.
    expect(x?.epistemic[0]).toBeCloseTo(0.05, 5);
    expect(x?.aleatoric[0]).toBeCloseTo(0.2, 4);
  });

  it('a single network claims no knowledge of what it does not know, a deterministic one none at all', async () => {
    const single = await reportOf(driftModel([0.1], 0.2), walks(2, 80, 0.1, 0.2), full());
    expect(single.report.channels[0]?.epistemic).toEqual(GRID.map(() => null));
    expect(single.report.channels[0]?.aleatoric[0]).toBeCloseTo(0.2, 4);
    expect(single.report.coverage.flatMap((map) => map.epistemic.flat().filter((e) => e !== null))).toEqual(
      [],
    );
    const options = { class: { name: 'deterministic' as const, hiddenLayers: 1, hiddenUnits: 8 } };
    const { report } = await reportOf(randomModel(LINE, options), walks(2, 80, 0.1, 0.2), full());
    expect(report).toMatchObject({ nll: null, density: null, calibration: [] });
    expect(report.channels[0]?.aleatoric).toEqual(GRID.map(() => null));
    expect(report.notes.join(' ')).toContain('predicts no spread');
  });
});

describe('the likelihood', () => {
  it('is that of the mixture over members, in units of the change', async () => {
    const noise = 0.3;
    const episodes = walks(4, 500, 0, noise, 7);
    const [right, doubtful] = await Promise.all(
      [[0], [-noise, noise]].map((drifts) => reportOf(driftModel(drifts, noise), episodes, full())),
    );
    // One Gaussian that is right: ½ ln 2πe nats, whatever its scale.
    expect(right?.report.nll).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E), 1);
    // Half N(−σ, σ²), half N(σ, σ²) of y ~ N(0, σ²): ½ ln 2π + 1 − E ln cosh z = 0.919 + 1 − 0.3750.
    expect(doubtful?.report.nll).toBeCloseTo(0.919 + 1 - 0.375, 1);
    expect(doubtful?.report).toMatchObject({ density: 'mixture', nllByChannel: [doubtful?.report.nll] });
  });
});

describe('calibration', () => {
  it('of a model that claims half the noise: 59 % in its 90 % intervals, 90 % after a factor of two, at every horizon', async () => {
    const { report } = await reportOf(driftModel([0], 0.1), walks(20, 200, 0, 0.2, 3), full());
    expect(report.calibration.map(({ horizon }) => horizon)).toEqual([1, 10, 25]);
    const at = report.calibration[0]?.levels.indexOf(0.9) as number;
    const [one, ten] = report.calibration;
    expect(one?.before[at]).toBeGreaterThan(0.56);
    expect(one?.before[at]).toBeLessThan(0.62);
    expect(one?.after[at]).toBeGreaterThan(0.87);
    expect(one?.after[at]).toBeLessThan(0.93);
    expect(one?.channels[0]?.scale).toBeGreaterThan(1.9);
    expect(one?.channels[0]?.scale).toBeLessThan(2.1);
    expect(ten?.before[at]).toBeLessThan(0.7);
    expect(ten?.after[at]).toBeGreaterThan(0.83);
    expect(ten?.after[at]).toBeLessThan(0.96);
  });
});

describe('the worst stretches', () => {
  it('find a push that nobody recorded, name its episode and channel, and do not overlap', async () => {
    const episodes = walks(3, 200, 0.01, 0.01, 5);
    const { observations } = (episodes[1] as TrainingEpisode).columns;
    for (let row = 120; row < 200; row++) observations[row] = observations[row] + 5;
    const { report } = await reportOf(driftModel([0.01], 0.05), episodes, full());
    const [worst] = report.worst;
    expect(worst).toMatchObject({ episode: 2, channel: 'x' });
    expect(worst?.row).toBeLessThan(120);
    expect((worst?.row ?? 0) + (worst?.steps ?? 0)).toBeGreaterThanOrEqual(120);
    expect(worst?.error).toBeGreaterThan(5 * (report.worst.at(-1)?.error ?? 0));
    // Judged on the end of an episode, a stretch is still found by its row of the whole.
    const { last } = splitEpisodes(episodes, 0.5);
    const split = await reportOf(driftModel([0.01], 0.05), last, full());
    expect(split.report.worst[0]).toMatchObject({ episode: 2 });
    expect(split.report.worst[0]?.row).toBeGreaterThan(94);
    expect(split.report.worst[0]?.row).toBeLessThan(120);
    for (const a of report.worst) {
      for (const b of report.worst) {
        if (a === b || a.episode !== b.episode) continue;
        expect(a.row + a.steps <= b.row || b.row + b.steps <= a.row).toBe(true);
      }
    }
  });
});

describe('a full verdict', () => {
  it('is cancelled between two calls, with progress until then', async () => {
    const cancel = new AbortController();
    const parts = new Set<string>();
    const evaluation = evaluateModel(driftModel([0.1, 0.2]), walks(4, 200, 0.1, 0.1), {
      ...full(),
      signal: cancel.signal,
      onProgress: ({ part, done, total }) => {
        expect(done).toBeLessThanOrEqual(total);
        parts.add(part);
        if (part === 'one step') cancel.abort();
      },
    });
    await expect(evaluation).rejects.toMatchObject({ code: 'cancelled' });
    expect([...parts]).toEqual(['errors by horizon', 'worst stretches', 'one step']);
  });

  it('is the same when asked again', async () => {
    const [one, again] = await Promise.all(
      [0, 1].map(() => evaluateModel(driftModel([0.1, 0.2]), walks(2, 60, 0.1, 0.1), full())),
    );
    expect(again).toEqual(one);
  });

  it('has no numbers for episodes of one row, and says nothing about them', async () => {
    const { channels, samples, report } = await evaluateModel(driftModel([0.1]), walks(2, 2, 0.1), full());
    expect(channels[0]?.error).toEqual(GRID.map(() => null));
    expect(samples).toEqual(GRID.map(() => 0));
    expect(report).toBeNull();
  });
});

describe('every class', () => {
  const SAMPLED = new Set(['diffusion', 'energy']);
  const classes = [
    { name: 'deterministic', hiddenUnits: 8 },
    { name: 'gaussian', hiddenUnits: 8 },
    { name: 'ensemble', members: 3, elites: 2, hiddenUnits: 8 },
    { name: 'bayesian', hiddenUnits: 8, posteriorSamples: 3 },
    { name: 'diffusion', hiddenUnits: 8, samplerSteps: 4 },
    { name: 'energy', hiddenUnits: 8, langevinSteps: 3 },
  ] as const;
  it.each(classes)('is judged through the same contract, with history and reward: $name', async (options) => {
    const model = randomModel(LINE, { class: options, history: 3, rewardHead: true });
    const episodes = walks(4, 60, 0.1, 0.1).map(({ id, columns }) => ({
      id,
      columns: {
        ...columns,
        reward: columns.observations.map((x, row) => (row === 0 ? Number.NaN : -x * x)),
      },
    }));
    const { channels, report } = await reportOf(model, episodes, full({ horizons: [1, 10, 30] }));
    expect(channels.map(({ name }) => name)).toEqual(['x', 'reward']);
    expect(channels.every(({ error }) => error.every((value) => Number.isFinite(value)))).toBe(true);
    expect(report.channels.map(({ measured }) => measured)).toEqual([30, 30]);
    const spread = options.name !== 'deterministic';
    expect(report.nll !== null).toBe(spread);
    expect(report.density).toBe(spread ? (SAMPLED.has(options.name) ? 'samples' : 'mixture') : null);
    expect(report.calibration).toHaveLength(spread ? 3 : 0);
    expect(report.worst.length).toBeGreaterThan(0);
    // JSON has no NaN and no infinity.
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('says that the reward was not judged where it was not recorded', async () => {
    const model = randomModel(LINE, { class: { name: 'gaussian', hiddenUnits: 8 }, rewardHead: true });
    const { channels, report } = await reportOf(model, walks(2, 60, 0.1, 0.1), full());
    expect(channels.map(({ name }) => name)).toEqual(['x']);
    expect(report.notes).toContain('Some episodes have no reward, so the predicted reward was not judged.');
  });
});

describe('the map of the data', () => {
  const PLANE = {
    ...LINE,
    observations: [...LINE.observations, { name: 'v', unit: 'm/s', angle: false, limits: null }],
  };
  it('counts every transition once, has errors where there is data and disagreement everywhere', async () => {
    const random = new Random(2);
    const episodes = [1, 2].map((id) =>
      episode(
        id,
        Array.from({ length: 300 }, () => [random.uniformIn(-1, 0), random.uniformIn(0, 2)]).flat(),
        Array<number>(300).fill(0),
      ),
    );
    const model = randomModel(PLANE, { class: { name: 'ensemble', members: 3, elites: 3, hiddenUnits: 8 } });
    const { report } = await reportOf(model, episodes, full({ horizons: [1] }));
    const [map] = report.coverage;
    expect(report.coverage).toHaveLength(1);
    expect([map?.x.name, map?.y.name]).toEqual(['x', 'v']);
    expect(map?.count.flat().reduce((a, b) => a + b, 0)).toBe(598);
    map?.count.forEach((row, j) => {
      row.forEach((n, i) => {
        expect(map.epistemic[j]?.[i]).toBeGreaterThan(0);
        if (n === 0) expect(map.error[j]?.[i]).toBeNull();
      });
    });
    // Room around the data: the outermost cells hold none.
    expect(map?.count[0]?.every((n) => n === 0)).toBe(true);
    expect(map?.x.edges[0]).toBeLessThan(-1);
  });
});
