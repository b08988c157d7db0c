import type { z } from 'zod';
import { modelClass, predictionArrays, predictorOf } from '../../src/main/dynamics/classes';
import { modelLayout } from '../../src/main/dynamics/layout';
import { named } from '../../src/main/dynamics/mlp';
import { arrayConstants } from '../../src/main/dynamics/predictor';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, ModelChannels, TrainingEpisode } from '../../src/main/dynamics/types';
import { openEngine } from '../../src/main/tensor';
import { type TrainFields, TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { channel, episode } from './dynamics-helpers';

/** A plant whose next state is one of two: its channels, and one step of it. */
export interface TwoModePlant {
  channels: ModelChannels;
  step(state: readonly number[], u: number, random: Random): number[];
}

const coin = (random: Random, heads = 0.5) => (random.uniform() < heads ? 1 : -1);

/** x' = x ± 0.1 (1 + |u|) + 0.01 n */
export const COIN: TwoModePlant = {
  channels: {
    observations: [channel('x', 'm')],
    actions: [channel('u', '1')],
    periodSeconds: 0.1,
  },
  step: ([x = 0], u, random) => [x + coin(random) * 0.1 * (1 + Math.abs(u)) + 0.01 * random.normal()],
};

/** Two channels that go the same way nine times of ten. */
export const TWO_COINS: TwoModePlant = {
  channels: { ...COIN.channels, observations: [channel('x', 'm'), channel('y', 'm')] },
  step([x = 0, y = 0], u, random) {
    const sign = coin(random);
    const other = sign * coin(random, 0.9);
    return [
      x + sign * 0.1 * (1 + Math.abs(u)) + 0.01 * random.normal(),
      0.9 * y + other * 0.2 * (1 + 0.5 * u) + 0.02 * random.normal(),
    ];
  },
};

export function episodesOf(
  plant: TwoModePlant,
  count: number,
  transitions: number,
  seed = 0,
): TrainingEpisode[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    let state = plant.channels.observations.map(() => 0);
    const observations: number[] = [];
    const actions: number[] = [];
    for (let row = 0; row <= transitions; row++) {
      const u = random.uniformIn(-1, 1);
      observations.push(...state);
      actions.push(row === transitions ? Number.NaN : u);
      state = plant.step(state, u, random);
    }
    return episode(i + 1, observations, actions);
  });
}

/** [count, observations] changes that really happen from one state under one action. */
export function freshChanges(
  plant: TwoModePlant,
  state: number[],
  u: number,
  count: number,
  seed: number,
): number[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => plant.step(state, u, random).map((v, c) => v - state[c])).flat();
}

export const train = (
  channels: ModelChannels,
  episodes: TrainingEpisode[],
  options: z.input<typeof TrainFields>,
): Promise<DynamicsModel> =>
  trainModel({ name: 'm', rig: 'plant', channels, episodes, options: TrainOptions.parse(options) });

export interface Drawn {
  /** [rows, targets] one draw a row */
  draws: Float32Array;
  /** [rows, targets] what `predict` says */
  mean: Float32Array;
  std: Float32Array;
}

/** One draw of the targets and the predicted mean and deviation from every state, SI units. */
export async function drawn(
  model: DynamicsModel,
  states: readonly (readonly number[])[],
  actions: readonly (readonly number[])[],
  seed = 0,
  engineName: 'native' | 'cpu' = 'native',
): Promise<Drawn> {
  const { summary } = model;
  const layout = modelLayout(summary);
  const arrays = predictionArrays(model);
  const rows = states.length;
  const width = modelClass(summary.options.class.name).noiseWidth(layout, summary.options.class);
  const feeds = {
    state: Float32Array.from(states.flat()),
    action: Float32Array.from(actions.flat()),
    noise: new Random(seed).fillNormal(new Float32Array(rows * width)),
  };
  const engine = await openEngine(engineName);
  const compiled = await engine.compile(
    (given) => {
      const predictor = predictorOf(model, arrayConstants(arrays));
      const [state, action] = [named(given, 'state'), named(given, 'action')];
      const { mean, logVariance } = predictor.predict(state, action);
      return { draws: predictor.sample(state, action, named(given, 'noise')), mean, logVariance };
    },
    Object.entries(feeds).map(([name, values]) => ({ name, shape: [1, rows, values.length / rows] })),
    { name: 'draws' },
  );
  try {
    const outputs = (await compiled.run(feeds)) as Record<'draws' | 'mean' | 'logVariance', Float32Array>;
    return { ...outputs, std: outputs.logVariance.map((v) => Math.exp(v / 2)) };
  } finally {
    await compiled.dispose();
  }
}

/** `count` times the same. */
export const repeat = <T>(value: T, count: number): T[] => Array.from({ length: count }, () => value);
