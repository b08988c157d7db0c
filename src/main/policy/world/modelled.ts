import type * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import { Random } from '../../../shared/random';
import { modelClass, predictedMembers, predictionArrays } from '../../dynamics/classes';
import { modelLayout, stateAfter, stateFrom, stateWidth, targetCount } from '../../dynamics/layout';
import type { DynamicsModel } from '../../dynamics/types';
import { plannedPrediction } from '../../plan/prediction';
import type { CompiledProgram, Engine } from '../../tensor';
import type { Transition } from '../replay';

/** What a step came to. */
export interface Judged {
  reward: number;
  terminated: boolean;
  /** Whether the task is done; null or left out where nothing says so. */
  success?: boolean | null;
}

/** What a world moves: a simulation of the rig, or a model of it. */
export interface Moving {
  /** Draws a start with `seed`. @returns [observations] */
  reset(seed: number): Float64Array | Promise<Float64Array>;
  /** One control period. @returns [observations] after it */
  step(action: ArrayLike<number>): Float64Array | Promise<Float64Array>;
  /** What the newest step came to, of what knows that by itself; else the task's formulas say so of what is observed. */
  judged?(): Judged;
  dispose(): unknown;
}

/**
 * A learned model as what moves: s' = s + Δ with Δ drawn, noise included, from a member drawn anew at every step. Episodes begin
 * where recorded ones do, with the rig at rest before. One of pictures moves latent states, and judges by the reward that it has
 * learned.
 * @param rest [actions] SI units
 * @throws ForesightError bad-data without a recorded step to begin from
 */
export async function movingModel(
  model: DynamicsModel,
  engine: Engine,
  { recorded, rest }: { recorded: readonly Transition[]; rest: ArrayLike<number> },
): Promise<Moving> {
  const layout = modelLayout(model.summary);
  const prediction = plannedPrediction(model, predictionArrays(model));
  const { class: options } = model.summary.options;
  const members = predictedMembers(prediction.arrays);
  const noiseWidth = modelClass(options.name).noiseWidth(layout, options);
  const channels = layout.angles.length;
  const starts = recorded.filter((_, i) => i === 0 || recorded[i - 1]?.last);
  if (starts.length === 0) {
    throw new ForesightError(
      'bad-data',
      'There is no recorded episode, so nobody knows where an episode in the model begins.',
      'Choose episodes of the rig; the model goes on from where they begin.',
    );
  }
  const program: CompiledProgram = await engine.compile(
    (given) => ({
      targets: prediction
        .predictor()
        .sample(given.state as tf.Tensor3D, given.action as tf.Tensor3D, given.noise as tf.Tensor3D),
    }),
    [
      { name: 'state', shape: [1, 1, stateWidth(layout)] },
      { name: 'action', shape: [1, 1, layout.actions] },
      { name: 'noise', shape: [members, 1, noiseWidth] },
    ],
    { name: 'a model that moves', threads: 1 },
  );
  let random = new Random(0);
  let state: Float32Array = new Float32Array(stateWidth(layout));
  let earned = 0;
  const { ends = false, latent = 0 } = model.eyes?.summary ?? {};
  const hasEnded = (now: Float32Array) => ends && (now[latent] ?? 0) > 0.5;
  return {
    reset(seed) {
      random = new Random(seed);
      const observation = starts[random.integer(starts.length)]?.state.subarray(0, channels) ?? [];
      state = stateFrom(layout, [observation], [], rest);
      return Float64Array.from(observation);
    },
    async step(given) {
      const action = Float32Array.from(given);
      const noise = random.fillNormal(new Float32Array(members * noiseWidth));
      const { targets } = (await program.run({ state, action, noise })) as { targets: Float32Array };
      const from = random.integer(members) * targetCount(layout);
      const after = state.slice(0, channels).map((value, i) => value + (targets[from + i] ?? Number.NaN));
      if (!after.every(Number.isFinite)) {
        throw new ForesightError(
          'bad-data',
          `The model "${model.summary.name}" predicts what is no number from where the policy has come to.`,
          'Train it on episodes that come nearer to what the policy does.',
        );
      }
      state = stateAfter(layout, state, action, after);
      earned = targets[from + channels] ?? Number.NaN;
      return Float64Array.from(after);
    },
    ...(model.eyes && { judged: () => ({ reward: earned, terminated: hasEnded(state) }) }),
    dispose: () => program.dispose(),
  };
}
