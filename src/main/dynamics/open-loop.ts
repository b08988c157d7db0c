import * as tf from '@tensorflow/tfjs-core';
import type { Engine, TensorProgram, TensorSpec } from '../tensor';
import { arrayConstants, predictedMembers, predictionArrays, predictorOf } from './classes';
import { modelLayout, nextState, stateWidth } from './layout';
import { named } from './mlp';
import { trainThreads } from './threads';
import type { DynamicsModel, NamedArray } from './types';

/** Steps in one call: long rollouts are chained calls, so the graph stays small. */
const CHUNK = 25;

/** Open-loop predictions of every predicting member by its means, compiled. Call `dispose` when done. */
export interface OpenLoop {
  members: number;
  /** Rows a member in one call. */
  batch: number;
  /**
   * @param state [members, batch, stateWidth] SI units, each member's own starts
   * @param actions [steps, members, batch, actions]
   * @returns [steps, members, batch, stateWidth] the states after each step; angles are not wrapped
   */
  run(state: Float32Array, actions: Float32Array, steps: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** @param shape `steps` in one call of the engine; a rollout of more is several calls */
export async function compileOpenLoop(
  engine: Engine,
  model: DynamicsModel,
  shape: { steps: number; batch: number },
): Promise<OpenLoop> {
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const chunk = { steps: Math.min(CHUNK, shape.steps), batch: shape.batch };
  const { program, specs } = openLoopProgram(model, arrays, chunk);
  const compiled = await engine.compile(program, specs, { name: 'open loop', threads: trainThreads() });
  const layout = modelLayout(model.summary);
  const rows = members * shape.batch;
  const [width, actionWidth] = [stateWidth(layout), layout.actions];
  return {
    ...{ members, batch: shape.batch },
    async run(state, actions, steps) {
      const states = new Float32Array(steps * rows * width);
      let current = state;
      for (let done = 0; done < steps; done += chunk.steps) {
        const taken = new Float32Array(chunk.steps * rows * actionWidth);
        taken.set(actions.subarray(done * rows * actionWidth, (done + chunk.steps) * rows * actionWidth));
        const outputs = await compiled.run({ state: current, actions: taken });
        const predicted = outputs.states as Float32Array;
        states.set(
          predicted.subarray(0, Math.min(predicted.length, states.length - done * rows * width)),
          done * rows * width,
        );
        current = predicted.slice(predicted.length - rows * width);
      }
      return states;
    },
    dispose: () => compiled.dispose(),
  };
}

/**
 * "state" [members, batch, stateWidth] and "actions" [steps, members, batch, actions] → "states"
 * [steps, members, batch, stateWidth].
 */
function openLoopProgram(
  model: DynamicsModel,
  arrays: Record<string, NamedArray>,
  { steps, batch }: { steps: number; batch: number },
): { program: TensorProgram; specs: TensorSpec[] } {
  const layout = modelLayout(model.summary);
  const members = predictedMembers(arrays);
  const specs = [
    { name: 'state', shape: [members, batch, stateWidth(layout)] },
    { name: 'actions', shape: [steps, members, batch, layout.actions] },
  ];
  const program: TensorProgram = (feeds) => {
    const predictor = predictorOf(model, arrayConstants(arrays));
    const actions = named(feeds, 'actions') as unknown as tf.Tensor4D;
    let state = named(feeds, 'state');
    const states: tf.Tensor3D[] = [];
    for (let step = 0; step < steps; step++) {
      const action: tf.Tensor3D = tf.squeeze(tf.slice4d(actions, [step, 0, 0, 0], [1, -1, -1, -1]), [0]);
      state = nextState(layout, state, action, predictor.predict(state, action).mean);
      states.push(state);
    }
    return { states: tf.stack(states, 0) };
  };
  return { program, specs };
}
