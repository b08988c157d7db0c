import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitTransitions } from '../../src/main/dynamics/data/splits';
import { prepareData, type TrainingData } from '../../src/main/dynamics/data/training-data';
import { longestRun, windowStarts } from '../../src/main/dynamics/data/windows';
import { evaluateModel } from '../../src/main/dynamics/evaluate';
import { lossMethod } from '../../src/main/dynamics/losses';
import type { Stage } from '../../src/main/dynamics/losses/types';
import { named } from '../../src/main/dynamics/mlp';
import { arrayConstants, arraySpecs, normaliserArrays } from '../../src/main/dynamics/predictor';
import { adamSchedule } from '../../src/main/dynamics/training/adam';
import { trainModel } from '../../src/main/dynamics/training/train';
import { gradientClass, initialState, trainProgram } from '../../src/main/dynamics/training/train-step';
import type { NamedArray, TrainingEpisode } from '../../src/main/dynamics/types';
import { openEngine, type TensorProgram } from '../../src/main/tensor';
import { wrapAngle } from '../../src/shared/angles';
import { type LossOptions, TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { episode, noisyPendulumEpisodes, PENDULUM, pendulumEpisodes, writtenOut } from './dynamics-helpers';

const K_STEP = (steps: number, decay = 1): LossOptions => ({
  ...{ name: 'k-step', steps, decay },
  curriculum: true,
});
const stage = (steps: number): Stage => ({ steps, share: 1, title: '' });
const tiny = (changes: Record<string, unknown> = {}) =>
  TrainOptions.parse({
    class: { name: 'gaussian', hiddenLayers: 1, hiddenUnits: 4, activation: 'tanh' },
    loss: K_STEP(4),
    ...changes,
  });

/** Loss of a batch and its gradient by every weight, computed by the app's own engine. */
async function lossOf(
  data: TrainingData,
  options: TrainOptions,
  at: { loss: LossOptions; stage: Stage; starts: number[] },
  weights: Map<string, NamedArray>,
) {
  const method = lossMethod(at.loss.name);
  const specs = method.feeds(data.layout, at.stage);
  const rows = at.starts.length;
  const feeds = Object.fromEntries(
    specs.map(({ name, shape }) => [name, new Float32Array(rows * shape.reduce((a, b) => a * b, 1))]),
  );
  const fill = method.filler(data, at.stage);
  at.starts.forEach((start, to) => {
    fill(start, feeds, to);
  });
  const names = [...weights.keys()];
  const program: TensorProgram = (given) => {
    const constants = arrayConstants(normaliserArrays(data.normaliser));
    const context = (list: tf.Tensor[]) => ({
      modelClass: gradientClass(options.class),
      ...{ layout: data.layout, options: options.class, noise: {}, rows: data.split.train.length },
      tensors: { ...Object.fromEntries(names.map((name, i) => [name, list[i] as tf.Tensor])), ...constants },
      batch: Object.fromEntries(specs.map(({ name }) => [name, named(given, name)])),
    });
    const list = names.map((name) => named(given, name) as tf.Tensor);
    const { nll } = method.loss(at.loss, at.stage, context(list));
    const judged = method.judge(at.loss, at.stage, context(list));
    const { value, grads } = tf.valueAndGrads(
      (...given: tf.Tensor[]) =>
        tf.sum(method.loss(at.loss, at.stage, context(given)).objective) as tf.Scalar,
    )(list);
    return {
      ...{ objective: value, nll, judged },
      ...Object.fromEntries(names.map((name, i) => [`slope of ${name}`, grads[i] as tf.Tensor])),
    };
  };
  const engine = await openEngine();
  const compiled = await engine.compile(
    program,
    [
      ...arraySpecs(Object.fromEntries(weights)),
      ...specs.map((spec) => ({ ...spec, shape: [1, rows, ...spec.shape] })),
    ],
    { name: 'loss' },
  );
  try {
    const values = Object.fromEntries([...weights].map(([name, array]) => [name, array.values]));
    return (await compiled.run({ ...values, ...feeds })) as Record<string, Float32Array>;
  } finally {
    await compiled.dispose();
  }
}

function freshWeights(data: TrainingData, options: TrainOptions, seed = 3) {
  const random = new Random(seed);
  const weights = gradientClass(options.class).initialWeights(data.layout, options.class, random);
  for (const [name, { values }] of weights) {
    if (!name.startsWith('layer')) continue;
    for (let i = 0; i < values.length; i++) values[i] = 0.4 * random.normal();
  }
  return weights;
}

/** Reward of a step: the cosine of the angle that it led to. */
function withReward(episodes: TrainingEpisode[]): TrainingEpisode[] {
  return episodes.map(({ id, columns }) => ({
    id,
    columns: {
      ...columns,
      reward: Float64Array.from({ length: columns.rows }, (_, row) =>
        Math.cos(columns.observations[2 * row]),
      ),
    },
  }));
}

describe('the k-step loss', () => {
  it('over one step is the one-step loss', async () => {
    const options = tiny({ class: { name: 'gaussian', hiddenUnits: 8 } });
    const data = prepareData(PENDULUM, pendulumEpisodes(3, 40), options);
    const weights = freshWeights(data, options);
    const starts = [...windowStarts(data, 1, 'train')].slice(0, 50);
    const unrolled = await lossOf(data, options, { loss: K_STEP(4), stage: stage(1), starts }, weights);
    const single = await lossOf(
      data,
      options,
      { loss: { name: 'one-step' }, stage: stage(1), starts },
      weights,
    );
    for (const key of ['objective', 'nll', 'judged']) {
      expect(unrolled[key]?.[0], key).toBeCloseTo(single[key]?.[0], 4);
    }
    for (const [name] of weights) {
      const [one, other] = [unrolled, single].map((result) => result[`slope of ${name}`] as Float32Array);
      const scale = Math.max(...(other as Float32Array).map(Math.abs));
      one?.forEach((slope, i) => {
        expect(Math.abs(slope - other?.[i]), name).toBeLessThan(1e-4 * scale);
      });
    }
  });

  it('is what plain numbers give: own predictions fed back, history, angle by the shorter way, reward', async () => {
    const options = tiny({
      class: { name: 'gaussian', variance: 'fixed', hiddenLayers: 1, hiddenUnits: 4, activation: 'tanh' },
      ...{ history: 2, rewardHead: true },
    });
    const data = prepareData(PENDULUM, withReward(pendulumEpisodes(3, 60, 4)), options);
    const weights = freshWeights(data, options);
    weights.get('logVariance/fixed')?.values.set([0.5, -0.5, 1]);
    const steps = 5;
    const starts = [...windowStarts(data, steps, 'train')].slice(0, 30);
    const decay = 0.8;
    const computed = await lossOf(
      data,
      options,
      { loss: K_STEP(steps, decay), stage: stage(steps), starts },
      weights,
    );
    const expected = referenceLoss(data, weights, starts, steps, decay);
    expect(computed.objective?.[0]).toBeCloseTo(expected.objective, 3);
    expect(computed.nll?.[0]).toBeCloseTo(expected.nll, 3);
    expect(computed.judged?.[0]).toBeCloseTo(expected.nll, 3);
    // The pendulum turns over in some window: without the shorter way a turn would stand in the loss.
    expect(expected.turns).toBeGreaterThan(0);
  });

  it('has the gradient that finite differences give, through all its steps', async () => {
    const options = tiny();
    const data = prepareData(PENDULUM, pendulumEpisodes(3, 60), options);
    const weights = freshWeights(data, options, 5);
    const at = {
      ...{ loss: K_STEP(4), stage: stage(4) },
      starts: [...windowStarts(data, 4, 'train')].slice(0, 20),
    };
    const { objective, ...slopes } = await lossOf(data, options, at, weights);
    expect(Number.isFinite(objective?.[0])).toBe(true);
    const width = 1e-2;
    for (const name of ['layer0/kernel', 'layer0/bias', 'layer1/kernel', 'logVariance/max']) {
      const { values } = weights.get(name) as NamedArray;
      for (const i of [0, values.length - 1]) {
        const value = values[i];
        const shifted = async (by: number) => {
          values[i] = value + by;
          const result = await lossOf(data, options, at, weights);
          values[i] = value;
          return result.objective?.[0];
        };
        const slope = ((await shifted(width)) - (await shifted(-width))) / (2 * width);
        const computed = slopes[`slope of ${name}`]?.[i];
        expect(Math.abs(computed - slope), `${name}[${i}] ${computed} ${slope}`).toBeLessThan(
          2e-3 + 2e-2 * Math.abs(slope),
        );
      }
    }
  });

  it('cuts the gradient of every member that runs away to the same length, and no other', async () => {
    const options = tiny({ class: { name: 'ensemble', members: 2, hiddenLayers: 1, hiddenUnits: 4 } });
    const data = prepareData(PENDULUM, pendulumEpisodes(3, 60), options);
    const weights = gradientClass(options.class).initialWeights(data.layout, options.class, new Random(0));
    const batch = 16;
    const shape = {
      ...{ layout: data.layout, class: options.class, loss: K_STEP(4), stage: stage(2), rows: 100, batch },
      ...{ normaliser: data.normaliser, unroll: 1, weightDecay: 0 },
    };
    const method = lossMethod('k-step');
    const specs = method.feeds(data.layout, shape.stage);
    const feeds = Object.fromEntries(
      specs.map(({ name, shape: row }) => [
        name,
        new Float32Array(2 * batch * row.reduce((a, b) => a * b, 1)),
      ]),
    );
    const starts = windowStarts(data, 2, 'train');
    const fill = method.filler(data, shape.stage);
    for (let to = 0; to < 2 * batch; to++) fill(starts[to], feeds, to);
    // What followed in the second member's batch is a thousand times as far away.
    const changes = feeds.changes as Float32Array;
    for (let i = changes.length / 2; i < changes.length; i++) changes[i] = 1000 * changes[i];
    const { program, specs: inputs } = trainProgram(weights, shape);
    const engine = await openEngine();
    const compiled = await engine.compile(program, inputs, { name: 'training step' });
    const state = Object.fromEntries([...initialState(weights)].map(([name, { values }]) => [name, values]));
    const after = await compiled.run({ ...state, ...feeds, schedule: adamSchedule(1e-3, 1, 1) });
    await compiled.dispose();
    // Adam's first moment, as it is kept, is the first gradient itself.
    const norm = (member: number) =>
      Math.sqrt(
        Object.entries(after)
          .filter(([name]) => name.startsWith('first/'))
          .flatMap(([, values]) => {
            const size = values.length / 2;
            return [...values.slice(member * size, (member + 1) * size)] as number[];
          })
          .reduce((sum, slope) => sum + slope ** 2, 0),
      );
    expect(norm(0)).toBeGreaterThan(0.01);
    expect(norm(0)).toBeLessThan(0.9 * (method.clipNorm as number));
    expect(norm(1)).toBeCloseTo(method.clipNorm as number, 3);
  });

  it('begins with one step and doubles up to k, and starts with k when told to', () => {
    const { stages } = lossMethod('k-step');
    const sizes = (options: LossOptions) => stages(options).map(({ steps }) => steps);
    expect(sizes(K_STEP(16))).toEqual([1, 2, 4, 8, 16]);
    expect(sizes(K_STEP(6))).toEqual([1, 2, 4, 6]);
    expect(sizes({ ...K_STEP(6), curriculum: false } as LossOptions)).toEqual([6]);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), (k) => {
        const shares = stages(K_STEP(k)).reduce((sum, { share }) => sum + share, 0);
        return Math.abs(shares - 1) < 1e-9;
      }),
    );
  });
});

/** A step of the tiny network and the loss along a window, in plain numbers. */
function referenceLoss(
  { transitions: kept, normaliser, layout }: TrainingData,
  weights: Map<string, NamedArray>,
  starts: number[],
  steps: number,
  decay: number,
) {
  const transitions = writtenOut(kept);
  const values = (name: string) => weights.get(name)?.values as Float32Array;
  const network = (inputs: number[]): number[] => {
    const [w0, b0, w1, b1] = ['layer0/kernel', 'layer0/bias', 'layer1/kernel', 'layer1/bias'].map(values) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const hidden = Array.from(b0, (bias, unit) =>
      Math.tanh(inputs.reduce((sum, x, i) => sum + x * w0[i * b0.length + unit], bias)),
    );
    return Array.from(b1, (bias, output) =>
      hidden.reduce((sum, h, i) => sum + h * w1[i * b1.length + output], bias),
    );
  };
  const logVariance = values('logVariance/fixed');
  const width = layout.angles.length * layout.history + layout.actions;
  let turns = 0;
  const sums = new Array<number>(steps).fill(0);
  for (const start of starts) {
    let state = [...transitions.states.subarray(start * width, (start + 1) * width)];
    for (let step = 0, at = start; step < steps; step++, at = transitions.following[at]) {
      const action = transitions.actions[at];
      const [angle, speed, angleBefore, speedBefore, actionBefore] = state as [
        number,
        number,
        number,
        number,
        number,
      ];
      const inputs = [
        ...[Math.sin(angle), Math.cos(angle), speed],
        ...[wrapAngle(angle - angleBefore), speed - speedBefore],
        ...[actionBefore, action],
      ].map((x, i) => (x - normaliser.inputMean[i]) / normaliser.inputStd[i]);
      const mean = network(inputs);
      const recorded = transitions.states.subarray(at * width, at * width + 2);
      const change = transitions.targets.subarray(at * 3, (at + 1) * 3);
      const followed = [0, 1].map((c) => recorded[c] + change[c]);
      const plain = followed[0] - angle;
      if (Math.abs(plain) > Math.PI) turns++;
      const asked = [wrapAngle(plain), followed[1] - speed, change[2]];
      asked.forEach((target, c) => {
        const normalised = (target - normaliser.targetMean[c]) / normaliser.targetStd[c];
        const spread = logVariance[c];
        const surprise = (normalised - mean[c]) ** 2 * Math.exp(-spread) + spread;
        sums[step] = sums[step] + surprise / (3 * starts.length);
      });
      const physical = mean.map((value, c) => value * normaliser.targetStd[c] + normaliser.targetMean[c]);
      state = [angle + physical[0], speed + physical[1], angle, speed, action];
    }
  }
  const shares = sums.map((_, step) => decay ** step);
  const total = shares.reduce((a, b) => a + b, 0);
  const objective = sums.reduce((sum, value, step) => sum + (value * shares[step]) / total, 0);
  return { objective, nll: (objective + Math.log(2 * Math.PI)) / 2, turns };
}

describe('windows of consecutive transitions', () => {
  const recorded = (lengths: number[]) => {
    const following = lengths.flatMap((length) => Array.from({ length }, (_, i) => (i < length - 1 ? 1 : 0)));
    return Int32Array.from(following, (goesOn, index) => (goesOn ? index + 1 : -1));
  };

  it('lie on one side of the split from beginning to end, and stretches are held out whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 3, maxLength: 12 }),
        fc.integer({ min: 2, max: 20 }),
        fc.integer(),
        (lengths, steps, seed) => {
          const following = recorded(lengths);
          const count = following.length;
          const split = splitTransitions(following, 0.2, new Random(seed), { least: 2 * steps });
          expect([...split.train, ...split.holdOut].sort((a, b) => a - b)).toEqual(
            Array.from({ length: count }, (_, i) => i),
          );
          const size = Math.floor(count * 0.2);
          if (size < 10) expect(split.holdOut.length).toBe(0);
          else {
            expect(split.holdOut.length).toBeGreaterThanOrEqual(Math.min(size, count));
            expect(split.holdOut.length).toBeLessThan(size + Math.max(25, 2 * steps));
          }
          const data = { split, transitions: { count, following } } as unknown as TrainingData;
          for (const side of ['train', 'holdOut'] as const) {
            const inside = new Set(split[side]);
            for (const start of windowStarts(data, steps, side)) {
              for (let at = start, step = 0; step < steps; step++, at = following[at]) {
                expect(inside.has(at)).toBe(true);
              }
            }
          }
        },
      ),
    );
  });

  it('the longest uninterrupted run is found', () => {
    const following = recorded([3, 9, 1, 7]);
    const transitions = { count: following.length, following } as TrainingData['transitions'];
    expect(longestRun(transitions)).toBe(9);
  });

  it('are refused with the longest there is when none is long enough', async () => {
    const request = {
      ...{ name: 'pendulum', rig: 'pendulum', channels: PENDULUM, episodes: pendulumEpisodes(10, 6) },
      options: tiny({ loss: { ...K_STEP(12), curriculum: false }, epochs: 3 }),
    };
    await expect(trainModel(request)).rejects.toMatchObject({
      code: 'bad-data',
      message: expect.stringMatching(/^No 12 transitions follow one another.*the longest stretch.* 6\.$/),
      next: 'Record longer episodes, choose fewer steps than 12, or keep nothing for the verdict (--last 0).',
    });
  });

  it('of which every one is interrupted are refused too', async () => {
    const episodes = pendulumEpisodes(3, 40).map(({ id, columns }) => {
      // Every fourth observation came a whole period late.
      let seconds = 0;
      const deviceSeconds = Float64Array.from({ length: columns.rows }, (_, row) => {
        seconds += row % 4 === 3 ? 0.1 : 0.05;
        return seconds;
      });
      return { id, columns: { ...columns, deviceSeconds } };
    });
    const options = tiny({ loss: { ...K_STEP(4), curriculum: false } });
    await expect(
      trainModel({ name: 'p', rig: 'p', channels: PENDULUM, episodes, options }),
    ).rejects.toMatchObject({ message: expect.stringMatching(/longest stretch of the recording has 3\.$/) });
  });
});

describe('training on k steps', () => {
  it('predicts a noisy pendulum whose torque comes late further ahead than training on one', async () => {
    const options = (loss: Record<string, unknown>) =>
      TrainOptions.parse({
        class: { name: 'deterministic', hiddenUnits: 32 },
        ...{ loss, epochs: 80, batchSize: 64, history: 1 },
      });
    const request = { name: 'p', rig: 'p', channels: PENDULUM, episodes: noisyPendulumEpisodes(6, 150) };
    const judged = noisyPendulumEpisodes(4, 150, 50);
    const errorOf = async (loss: Record<string, unknown>) => {
      const model = await trainModel({ ...request, options: options(loss) });
      const { channels } = await evaluateModel(model, judged, { horizons: [15] });
      return channels.map(({ error }) => error[0]);
    };
    const single = await errorOf({ name: 'one-step' });
    const unrolled = await errorOf({ name: 'k-step', steps: 8 });
    unrolled.forEach((error, channel) => {
      expect(error).toBeLessThan(0.8 * single[channel]!);
    });
  });

  it('gives the same model for the same seed', async () => {
    const options = TrainOptions.parse({
      class: { name: 'gaussian', hiddenUnits: 8 },
      ...{ loss: { name: 'k-step', steps: 2 }, history: 3, epochs: 4 },
    });
    const request = { name: 'p', rig: 'p', channels: PENDULUM, episodes: pendulumEpisodes(3, 60), options };
    const [one, again] = [await trainModel(request), await trainModel(request)];
    expect(again.weights).toEqual(one.weights);
    expect(one.summary.holdOutLoss.every(Number.isFinite)).toBe(true);
  });

  it('a channel that always changes by the same amount is no error, whatever was predicted before', async () => {
    const line = pendulumEpisodes(2, 60).map(({ columns }, i) => {
      const { observations, actions } = columns;
      const ramp = Float64Array.from(observations, (value, k) => (k % 2 === 0 ? value : 0.5 * (k - 1)));
      return episode(i, [...ramp], [...actions]);
    });
    const options = tiny({ loss: K_STEP(4) });
    const data = prepareData(PENDULUM, line, options);
    expect(data.normaliser.targetStd[1]).toBe(0);
    const weights = freshWeights(data, options);
    const at = { loss: K_STEP(4), stage: stage(4), starts: [...windowStarts(data, 4, 'train')] };
    const { objective } = await lossOf(data, options, at, weights);
    expect(Number.isFinite(objective?.[0])).toBe(true);
  });
});
