import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { arrayConstants, predictionArrays } from '../../dynamics/classes';
import { modelLayout, nextState, stateWidth } from '../../dynamics/layout';
import type { DynamicsModel } from '../../dynamics/types';
import { drawnAction, fillActionNoise, noiseWidthOf } from '../../policy/representation/acting';
import { physicalAction, policyInputs } from '../../policy/representation/actor';
import type { Engine, TensorProgram, TensorSpec } from '../../tensor';
import { plannedPrediction } from '../prediction';
import { input } from '../traced';
import type { Guide } from './guide';

/** Sequences that a policy would drive through a model. */
export interface Proposals {
  /**
   * @param start [stateWidth]
   * @returns [proposals, horizon, actions] SI units: the first without exploration, the others with
   */
  from(start: Float32Array, random: Random): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Noise of the first proposal is none: it is what the policy does. Of a categorical actor equal noise changes nothing either. */
export async function compileProposals(
  engine: Engine,
  model: DynamicsModel,
  { policy, space, proposals }: Guide,
  horizon: number,
): Promise<Proposals> {
  const layout = modelLayout(model.summary);
  const width = stateWidth(layout);
  const { actor: shape } = policy.summary;
  const noiseWidth = noiseWidthOf(space, shape);
  const prediction = plannedPrediction(model, predictionArrays(model));
  const specs: TensorSpec[] = [
    { name: 'start', shape: [width] },
    { name: 'noise', shape: [horizon, 1, proposals, noiseWidth] },
  ];
  // Members' mean, as the plan that is drawn and recorded goes.
  const program: TensorProgram = (inputs) => {
    const tensors = arrayConstants(Object.fromEntries(policy.arrays));
    const predictor = prediction.predictor();
    const start = tf.reshape(input(inputs, 'start'), [1, 1, width]);
    let state = tf.mul(start, tf.ones([1, proposals, 1])) as tf.Tensor3D;
    const actions = tf.unstack(input(inputs, 'noise')).map((noise) => {
      const seen = policyInputs(space, tensors, state);
      const action = physicalAction(space, drawnAction(space, shape, tensors, seen, noise as tf.Tensor3D));
      const target = tf.mean(predictor.mean(state, action), 0, true) as tf.Tensor3D;
      state = nextState(layout, state, action, target);
      return tf.reshape(action, [proposals, layout.actions]);
    });
    return { actions: tf.stack(actions, 1) };
  };
  const compiled = await engine.compile(program, specs, {
    name: `proposals ${proposals} × ${horizon}`,
    threads: 1,
  });
  const noise = new Float32Array(horizon * proposals * noiseWidth);
  return {
    async from(start, random) {
      fillActionNoise(shape, noise, random);
      for (let t = 0; t < horizon; t++) {
        const first = t * proposals * noiseWidth;
        noise.fill(0, first, first + noiseWidth);
      }
      const { actions } = await compiled.run({ start, noise });
      return actions as Float32Array;
    },
    dispose: () => compiled.dispose(),
  };
}
