import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import type { CompiledProgram, Engine, TensorProgram } from '../../tensor';
import { arrayConstants, modelClass, predictedMembers, predictorOf } from '../classes';
import { modelLayout, stateWidth, targetCount } from '../layout';
import { named } from '../mlp';
import { trainThreads } from '../threads';
import type { DynamicsModel, NamedArray } from '../types';
import { actionsFrom, recorded, recordedState, type Start } from './judged';
import { bandwidthFactor, logNormal, logSumExp, type Mixture, smoothed } from './mixture';
import type { Heed } from './progress';
import { startStates } from './rollout';

/** States in one call. */
const BATCH = 512;
/** Samples a start of a model that has no density. */
export const DRAWS = 64;
/** Starts whose samples decide the kernels' bandwidth. */
const BANDWIDTH_STARTS = 100;

/** What the members say about single steps: [members][rows × targets] each, SI units. */
export interface OneStepMoments {
  mean: Float32Array[];
  variance: Float32Array[];
  /** Variance of the mean itself; of models that know it in closed form. */
  ignorance: Float32Array[] | undefined;
}

/** One-step predictions of any states, compiled once. */
export class OneStep {
  readonly members: number;
  private readonly width: number;

  private constructor(
    private readonly model: DynamicsModel,
    private readonly compiled: CompiledProgram,
    private readonly batch: number,
    arrays: Record<string, NamedArray>,
  ) {
    this.members = predictedMembers(arrays);
    this.width = targetCount(modelLayout(model.summary));
  }

  static async compile(
    engine: Engine,
    model: DynamicsModel,
    arrays: Record<string, NamedArray>,
    rows: number,
  ): Promise<OneStep> {
    const layout = modelLayout(model.summary);
    const batch = Math.min(BATCH, rows);
    const specs = [
      { name: 'state', shape: [1, batch, stateWidth(layout)] },
      { name: 'actions', shape: [1, batch, layout.actions] },
    ];
    const program: TensorProgram = (feeds) => {
      const predict = predictorOf(model, arrayConstants(arrays));
      const { mean, logVariance, ignorance } = predict.predict(
        named(feeds, 'state'),
        named(feeds, 'actions'),
      );
      const variance = tf.exp(logVariance);
      const outputs: Record<string, tf.Tensor> = { mean, variance };
      if (ignorance) outputs.ignorance = ignorance;
      return outputs;
    };
    const compiled = await engine.compile(program, specs, {
      name: 'one-step evaluation',
      threads: trainThreads(),
    });
    return new OneStep(model, compiled, batch, arrays);
  }

  /** Does a member know in closed form how little it knows? */
  get hasIgnorance(): boolean {
    return this.compiled.outputs.some(({ name }) => name === 'ignorance');
  }

  /** @param states [rows][stateWidth] @param actions [rows][actions] */
  async moments(
    states: readonly ArrayLike<number>[],
    actions: readonly ArrayLike<number>[],
    heed: Heed,
  ): Promise<OneStepMoments> {
    const layout = modelLayout(this.model.summary);
    const size = states.length * this.width;
    const list = () => Array.from({ length: this.members }, () => new Float32Array(size));
    const result: OneStepMoments = {
      ...{ mean: list(), variance: list() },
      ignorance: this.hasIgnorance ? list() : undefined,
    };
    for (let first = 0; first < states.length; first += this.batch) {
      heed(first, states.length);
      const count = Math.min(this.batch, states.length - first);
      const feeds = {
        state: new Float32Array(this.batch * stateWidth(layout)),
        actions: new Float32Array(this.batch * layout.actions),
      };
      for (let i = 0; i < count; i++) {
        feeds.state.set(states[first + i] ?? [], i * stateWidth(layout));
        feeds.actions.set(actions[first + i] ?? [], i * layout.actions);
      }
      const outputs = (await this.compiled.run(feeds)) as Record<string, Float32Array>;
      for (const key of ['mean', 'variance', 'ignorance'] as const) {
        result[key]?.forEach((target, member) => {
          const from = member * this.batch * this.width;
          const rows = outputs[key]?.subarray(from, from + count * this.width) ?? [];
          target.set(rows, first * this.width);
        });
      }
    }
    heed(1, 1);
    return result;
  }

  /** The same at recorded rows. */
  atStarts(starts: readonly Start[], heed: Heed): Promise<OneStepMoments> {
    const layout = modelLayout(this.model.summary);
    const states = starts.map(({ episode, row }) => recordedState(layout, episode, row));
    const actions = starts.map((start) => actionsFrom([start], 0, { steps: 1, batch: 1 }, layout.actions));
    return this.moments(states, actions, heed);
  }

  dispose(): Promise<void> {
    return this.compiled.dispose();
  }
}

/**
 * Predictive distribution of every judged channel one step after every start, in closed form: the mixture of the
 * members' Gaussians, noise and ignorance together.
 * @returns [starts][channels]
 */
export function closedForm(
  { mean, variance, ignorance }: OneStepMoments,
  starts: readonly Start[],
  observations: number,
  channels: number,
): Mixture[][] {
  const width = (mean[0]?.length ?? 0) / Math.max(1, starts.length);
  return starts.map(({ episode, row }, i) =>
    Array.from({ length: channels }, (_, c) => {
      // Observations are predicted as their change, the reward as itself.
      const now = c < observations ? recorded(episode, row, c, observations) : 0;
      const at = i * width + c;
      return {
        means: Float64Array.from(mean, (values) => now + values[at]),
        variances: Float64Array.from(variance, (values, m) => values[at] + (ignorance?.[m]?.[at] ?? 0)),
      };
    }),
  );
}

/**
 * The same for a model that has no density: samples, with Gaussian kernels as wide as makes the model's own samples
 * likeliest.
 */
export async function fromSamples(
  engine: Engine,
  model: DynamicsModel,
  arrays: Record<string, NamedArray>,
  starts: readonly Start[],
  shape: { observations: number; channels: number },
  random: Random,
  heed: Heed,
): Promise<Mixture[][]> {
  const layout = modelLayout(model.summary);
  const { options } = model.summary;
  const noiseWidth = modelClass(options.class.name).noiseWidth(layout, options.class);
  const members = predictedMembers(arrays);
  const lanes = Math.ceil(DRAWS / members);
  const batch = Math.max(1, Math.min(starts.length, Math.floor(512 / lanes)));
  const rows = batch * lanes;
  const width = targetCount(layout);
  const program: TensorProgram = (feeds) => ({
    target: predictorOf(model, arrayConstants(arrays)).sample(
      named(feeds, 'state'),
      tf.tile(named(feeds, 'actions'), [members, 1, 1]),
      named(feeds, 'noise'),
    ),
  });
  const specs = [
    { name: 'state', shape: [members, rows, stateWidth(layout)] },
    { name: 'actions', shape: [1, rows, layout.actions] },
    { name: 'noise', shape: [members, rows, noiseWidth] },
  ];
  const compiled = await engine.compile(program, specs, {
    name: 'one-step samples',
    threads: trainThreads(),
  });
  const mixtures: Mixture[][] = [];
  try {
    for (let first = 0; first < starts.length; first += batch) {
      heed(first, starts.length);
      const part = starts.slice(first, first + batch);
      const { target = new Float32Array() } = (await compiled.run({
        state: startStates(layout, part, batch, members, lanes),
        actions: actionsFrom(part, 0, { steps: 1, batch, lanes }, layout.actions),
        noise: random.fillNormal(new Float32Array(members * rows * noiseWidth)),
      })) as Record<string, Float32Array>;
      part.forEach(({ episode, row }, i) => {
        mixtures.push(
          Array.from({ length: shape.channels }, (_, c) => {
            const now = c < shape.observations ? recorded(episode, row, c, shape.observations) : 0;
            const means = Float64Array.from({ length: members * lanes }, (_unused, draw) => {
              const [member, lane] = [Math.floor(draw / lanes), draw % lanes];
              return now + target[((member * batch + i) * lanes + lane) * width + c];
            });
            return { means, variances: new Float64Array(means.length) };
          }),
        );
      });
    }
  } finally {
    await compiled.dispose();
  }
  heed(1, 1);
  const factors = Array.from({ length: shape.channels }, (_, c) => {
    const stride = Math.max(1, Math.floor(mixtures.length / BANDWIDTH_STARTS));
    return bandwidthFactor(
      mixtures.filter((_unused, i) => i % stride === 0).map((row) => row[c]?.means ?? []),
    );
  });
  return mixtures.map((row) => row.map((mixture, c) => smoothed(mixture, factors[c])));
}

/**
 * −ln p of what was recorded under the mixture over members as a whole: members are not mixed channel by channel, a
 * member that is right about one is asked about all.
 * @param used channels that have a spread
 */
export function jointSurprise(
  row: readonly Mixture[],
  truth: readonly number[],
  used: readonly number[],
): number {
  const members = row[0]?.means.length ?? 0;
  const terms = Array.from({ length: members }, (_, m) =>
    used.reduce((sum, c) => {
      const { means, variances } = row[c] as Mixture;
      return sum + logNormal(truth[c], means[m], variances[m]);
    }, 0),
  );
  return Math.log(members) - logSumExp(terms);
}
