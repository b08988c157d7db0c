import * as tf from '@tensorflow/tfjs-core';
import type { CompiledProgram, Engine, TensorProgram, TensorSpec } from '../../tensor';
import { arrayConstants, predictedMembers, predictorOf } from '../classes';
import {
  type ModelLayout,
  modelLayout,
  nextState,
  observationOf,
  rewardOf,
  stateWidth,
  targetCount,
} from '../layout';
import { named } from '../mlp';
import { trainThreads } from '../threads';
import type { DynamicsModel, NamedArray } from '../types';
import { actionsFrom, isSeen, recordedState, type Start, stepsAfter } from './judged';
import type { Heed } from './progress';

/**
 * Open-loop rollouts by the members' means, compiled once, for as many starts and steps as wanted: long rollouts are
 * chained calls of a graph of `steps` steps.
 */
export class MeanRollouts {
  private constructor(
    private readonly model: DynamicsModel,
    private readonly compiled: CompiledProgram,
    private readonly members: number,
    readonly shape: { steps: number; batch: number },
  ) {}

  static async compile(
    engine: Engine,
    model: DynamicsModel,
    arrays: Record<string, NamedArray>,
    shape: { steps: number; batch: number },
  ): Promise<MeanRollouts> {
    const { program, specs } = meanRolloutProgram(model, arrays, shape);
    const options = { name: 'open-loop evaluation', threads: trainThreads() };
    const compiled = await engine.compile(program, specs, options);
    return new MeanRollouts(model, compiled, predictedMembers(arrays), shape);
  }

  /** Calls `each` with the predicted channels of every start at every step that was recorded in time, up to `longest`. */
  async run(
    starts: readonly Start[],
    longest: number,
    each: (start: Start, step: number, predicted: Float32Array) => void,
    heed: Heed,
  ): Promise<void> {
    const layout = modelLayout(this.model.summary);
    const width = targetCount(layout);
    const { steps, batch } = this.shape;
    // Batches of starts that end together: nothing is computed past their episodes' ends.
    const sorted = [...starts].sort((a, b) => stepsAfter(b) - stepsAfter(a));
    for (let first = 0; first < sorted.length; first += batch) {
      const part = sorted.slice(first, first + batch);
      const end = Math.min(longest, stepsAfter(part[0] as Start));
      let state = startStates(layout, part, batch, this.members);
      for (let done = 0; done < end; done += steps) {
        heed(first + (part.length * done) / end, sorted.length);
        const actions = actionsFrom(part, done, this.shape, layout.actions);
        const outputs = (await this.compiled.run({ state, actions })) as Record<
          'state' | 'mean',
          Float32Array
        >;
        state = outputs.state;
        for (let step = done + 1; step <= Math.min(end, done + steps); step++) {
          part.forEach((start, i) => {
            if (!isSeen(start, step)) return;
            const at = ((step - done - 1) * batch + i) * width;
            each(start, step, outputs.mean.subarray(at, at + width));
          });
        }
      }
    }
    heed(1, 1);
  }

  dispose(): Promise<void> {
    return this.compiled.dispose();
  }
}

/**
 * `steps` open-loop steps of every predicting member: "state" [members, batch, stateWidth] and "actions"
 * [steps, batch, actions] → the last "state", and "mean" [steps, batch, targets] over the members: observations, then the
 * reward of the step where it is learned.
 */
function meanRolloutProgram(
  model: DynamicsModel,
  arrays: Record<string, NamedArray>,
  shape: { steps: number; batch: number },
): { program: TensorProgram; specs: TensorSpec[] } {
  const layout = modelLayout(model.summary);
  const members = predictedMembers(arrays);
  const specs = [
    { name: 'state', shape: [members, shape.batch, stateWidth(layout)] },
    { name: 'actions', shape: [shape.steps, shape.batch, layout.actions] },
  ];
  const program: TensorProgram = (feeds) => {
    const predict = predictorOf(model, arrayConstants(arrays));
    let state = named(feeds, 'state');
    const means: tf.Tensor3D[] = [];
    for (let step = 0; step < shape.steps; step++) {
      const action = tf.tile(tf.slice3d(named(feeds, 'actions'), [step, 0, 0], [1, -1, -1]), [members, 1, 1]);
      const target = predict.predict(state, action).mean;
      state = nextState(layout, state, action, target);
      means.push(tf.mean(judgedOf(layout, state, target), 0, true));
    }
    return { state, mean: tf.concat(means, 0) };
  };
  return { program, specs };
}

/** What is compared with the recording, [members, batch, targets]: the observation arrived at, then the reward. */
export function judgedOf(layout: ModelLayout, state: tf.Tensor3D, target: tf.Tensor3D): tf.Tensor3D {
  const observation = observationOf(layout, state);
  return layout.reward ? tf.concat([observation, rewardOf(layout, target)], 2) : observation;
}

/** [members, batch × lanes, stateWidth]; rows past the last start repeat zeros nobody reads. */
export function startStates(
  layout: ModelLayout,
  starts: readonly Start[],
  batch: number,
  members: number,
  lanes = 1,
): Float32Array {
  const width = stateWidth(layout);
  const states = new Float32Array(members * batch * lanes * width);
  starts.forEach(({ episode, row }, i) => {
    const state = recordedState(layout, episode, row);
    for (let member = 0; member < members; member++) {
      for (let lane = 0; lane < lanes; lane++) {
        states.set(state, ((member * batch + i) * lanes + lane) * width);
      }
    }
  });
  return states;
}
