import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../../src/main/dynamics/data/episode-source';
import { gather } from '../../../src/main/dynamics/data/gather';
import { hashTransitions } from '../../../src/main/dynamics/data/step-rows';
import { prepareData } from '../../../src/main/dynamics/data/training-data';
import { type Crew, crewFor, crewOfOne, crewOfThreads } from '../../../src/main/dynamics/training/crew';
import { type FitProgress, type FitRequest, fitByGradient } from '../../../src/main/dynamics/training/fit';
import { progressReporter, type Reporter } from '../../../src/main/dynamics/training/reporter';
import type { TrainRequest } from '../../../src/main/dynamics/training/request';
import { trainModel } from '../../../src/main/dynamics/training/train';
import type { TrainingState } from '../../../src/main/dynamics/training/training-state';
import type { TrainingEpisode } from '../../../src/main/dynamics/types';
import { encodeCheckpoint } from '../../../src/main/jobs/checkpoint';
import { arraysAside, arraysBack } from '../../../src/main/jobs/plain-data';
import { openEngine } from '../../../src/main/tensor';
import { GaussianOptions, KStepOptions, TrainOptions } from '../../../src/shared/model-options';
import { Random } from '../../../src/shared/random';
import { PENDULUM, pendulumEpisodes, quickOptions } from '../dynamics-helpers';

const EPISODES = pendulumEpisodes(4, 100);
const request = (options: TrainOptions, changes: Partial<TrainRequest> = {}): TrainRequest => ({
  ...{ name: 'pendulum', rig: 'pendulum', channels: PENDULUM, episodes: EPISODES, options },
  ...changes,
});

/** A state as it comes back from a file. */
const written = (state: TrainingState): TrainingState => {
  const { plain, arrays } = arraysAside(state);
  const copies = new Map([...arrays].map(([name, values]) => [name, values.slice()]));
  return arraysBack(JSON.parse(JSON.stringify(plain)), copies) as TrainingState;
};

/** Trains to the end, and on the way keeps the state at every `every`-th opportunity. */
async function train(options: TrainOptions, every: number) {
  const states: TrainingState[] = [];
  let asked = 0;
  const model = await trainModel(
    request(options, {
      checkpoint: { due: () => ++asked % every === 0, take: (state) => states.push(written(state)) },
    }),
  );
  return { model, states };
}

const CASES: [string, TrainOptions, number][] = [
  ['an ensemble', quickOptions({ epochs: 60, inputNoise: 0.01, recencyHalfLife: 100 }), 1],
  [
    'a curriculum over k',
    quickOptions(
      { epochs: 24, loss: KStepOptions.parse({ name: 'k-step', steps: 4 }) },
      { members: 2, hiddenUnits: 16 },
    ),
    3,
  ],
  [
    'rounds of corrections',
    quickOptions({ epochs: 6, loss: { name: 'dad', rounds: 2, steps: 5 } }, { members: 2, hiddenUnits: 16 }),
    2,
  ],
];

describe('a training that was interrupted', () => {
  it.each(CASES)('ends with the same weights, bit for bit: %s', async (_, options, every) => {
    const { model, states } = await train(options, every);
    expect(states.length).toBeGreaterThan(0);
    const points = [0, Math.floor(states.length / 2), states.length - 1];
    for (const point of points) {
      const resumed = await trainModel(request(options, { resume: states[point] as TrainingState }));
      expect(resumed.weights).toEqual(model.weights);
      expect(resumed.summary.hash).toBe(model.summary.hash);
      expect(resumed.summary.curve).toEqual(model.summary.curve);
    }
  });

  it.each([1, 3])('does not touch the state that it goes on from, on %d threads', async (threads) => {
    const quick = quickOptions({ epochs: 12 });
    const engine = await openEngine();
    const data = prepareData(PENDULUM, EPISODES, quick);
    const report = progressReporter({ epochs: 12, before: 0, prefix: () => '' });
    const fitWith = (crew: Crew, request: Partial<FitRequest>) => {
      const random = new Random(0);
      const fitted = fitByGradient({ data, options: quick, crew, random, report, ...request });
      return fitted.finally(() => crew.close());
    };
    const states: FitProgress[] = [];
    const whole = await fitWith(crewOfOne(engine, 1), {
      checkpoint: { due: () => true, take: (state) => states.push(structuredClone(state)) },
    });
    const [state] = states;
    if (!state) throw new Error('no state');
    const goOn = () =>
      fitWith(threads === 1 ? crewOfOne(engine, 1) : crewOfThreads(engine, threads, 1), { resume: state });
    const before = structuredClone(state);
    expect(await goOn()).toEqual(whole);
    expect(state).toEqual(before);
    expect(await goOn()).toEqual(whole);
  });

  it('took as long as its parts together', async () => {
    const options = quickOptions({ epochs: 4 });
    const { states } = await train(options, 1);
    const resume = { ...(states[0] as TrainingState), seconds: 1000 };
    const { summary } = await trainModel(request(options, { resume }));
    expect(summary.trainSeconds).toBeGreaterThan(1000);
  });
});

describe('a training on several threads', () => {
  const options = quickOptions({ epochs: 45, batchSize: 128 }, { hiddenUnits: 256, hiddenLayers: 3 });

  it('uses them where it is long enough to be worth it, for members of ensembles', async () => {
    const engine = await openEngine();
    const size = (of: TrainOptions, workers: number) =>
      crewFor(engine, prepareData(PENDULUM, EPISODES, of), of, workers).size;
    expect(size(options, 2)).toBe(2);
    expect(size(options, 8)).toBe(3);
    expect(size(quickOptions(), 2)).toBe(1);
    expect(size({ ...options, class: GaussianOptions.parse({ name: 'gaussian' }) }, 2)).toBe(1);
    expect(size(options, 0)).toBe(1);
  });

  it('gives the same weights as on one, bit for bit', async () => {
    const quick = quickOptions({ epochs: 10 });
    const engine = await openEngine();
    const report = progressReporter({ epochs: 10, before: 0, prefix: () => '' });
    const fitWith = async (crew: Crew) => {
      const data = prepareData(PENDULUM, EPISODES, quick);
      const fitted = fitByGradient({ data, options: quick, crew, random: new Random(0), report });
      return fitted.finally(() => crew.close());
    };
    const alone = await fitWith(crewOfOne(engine, 2));
    expect(await fitWith(crewOfThreads(engine, 1, 1))).toEqual(alone);
    expect(await fitWith(crewOfThreads(engine, 3, 1))).toEqual(alone);
  });

  it('goes through all passes, also where the last members end while the progress of others is reported', async () => {
    const quick = quickOptions({ epochs: 9, patience: 2 });
    const data = prepareData(PENDULUM, EPISODES, quick);
    // Members that gain with every pass. All but the first of a round end in the middle of the next report.
    let waiting: (() => void)[] = [];
    const crew: Crew = {
      size: 3,
      open: async () => {},
      run: async (given, until) => {
        const state = { ...given, epoch: until };
        const passes = Array.from({ length: until - given.epoch }, (_, i) => {
          const epoch = given.epoch + i + 1;
          return { epoch, train: -epoch, holdOut: -epoch };
        });
        if (given.member > 0) await new Promise<void>((resolve) => waiting.push(resolve));
        return { state, passes };
      },
      close: async () => {},
    };
    const report: Reporter = Object.assign(
      async () => {
        for (const go of waiting) go();
        waiting = [];
        await setImmediate();
      },
      { while: <T>(_: unknown, work: Promise<T>) => work, seconds: () => 0 },
    );
    const { epochs } = await fitByGradient({ data, options: quick, crew, random: new Random(0), report });
    expect(epochs).toBe(9);
  });

  it('ends its threads when it is cancelled', async () => {
    const cancel = new AbortController();
    const endless = { ...options, epochs: 100_000, patience: 100_000 };
    const training = trainModel(
      request(endless, {
        ...{ workers: 2, signal: cancel.signal },
        onProgress: ({ phase }) => phase === 'training' && cancel.abort(),
      }),
    );
    await expect(training).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('a checkpoint', () => {
  it('brings plain data back as it was', () => {
    const data = {
      numbers: [0.1, -3e300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      map: new Map([['a', { shape: [2], values: Float32Array.of(1, Number.NaN) }]]),
      last: Uint8Array.of(0, 1, 255),
      rows: Int32Array.of(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x1234_5678),
      nothing: null,
    };
    const { plain, arrays } = arraysAside(data);
    expect(arraysBack(JSON.parse(JSON.stringify(plain)), arrays)).toEqual(data);
  });

  it('tells changed data from the same', () => {
    const changed = pendulumEpisodes(4, 100);
    (changed[2]?.columns.observations as Float64Array)[7] = 1e-9;
    const hashOf = (episodes: TrainingEpisode[]) =>
      hashTransitions(gather(PENDULUM, sourceOf(episodes), quickOptions()).transitions);
    expect(hashOf(pendulumEpisodes(4, 100))).toBe(hashOf(EPISODES));
    expect(hashOf(changed)).not.toBe(hashOf(EPISODES));
    expect(hashOf(EPISODES.slice(1))).not.toBe(hashOf(EPISODES));
  });

  it('is small beside what it saves: three times the weights and their best', async () => {
    const options = TrainOptions.parse({
      class: GaussianOptions.parse({ name: 'gaussian', hiddenUnits: 128 }),
      epochs: 3,
    });
    const { model, states } = await train(options, 1);
    const state = states.at(-1) as TrainingState;
    const info = { id: 'a', name: 'a', rig: 'a', episodes: [], options, last: 0, from: null };
    const bytes = encodeCheckpoint({
      info: { ...info, savedAt: 0, epoch: 0, secondsElapsed: 0 },
      ...{ dataHash: '', state },
    });
    const weights = [...model.weights.values()].reduce((sum, { values }) => sum + values.byteLength, 0);
    expect(bytes.length).toBeLessThan(4 * weights + 20_000);
  });
});
