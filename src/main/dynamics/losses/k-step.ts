import * as tf from '@tensorflow/tfjs-core';
import type { BatchLoss } from '../classes/types';
import { readAction, readState, readTargets } from '../data/step-rows';
import { windowStarts } from '../data/windows';
import { expandInputs, type ModelLayout, nextState, shorterWay, stateWidth, targetCount } from '../layout';
import { named, type Tensors } from '../mlp';
import type { Gaussian } from '../predictor';
import type { LossContext, LossMethod, LossOptionsOf, Stage } from './types';

type Options = LossOptionsOf<'k-step'>;

/** Far above the norm of a gradient that is going well: only what a prediction that ran away sends back is cut. */
const CLIP_NORM = 10;

/** Share of the passes that a curriculum's last stage has at least: the one whose error counts. */
const LAST_SHARE = 0.5;

/**
 * Simulation error (Yang 2019, "Simulation error"; in system identification: output error against equation error). A
 * prediction starts from a recorded state and goes on from itself for k steps under the recorded actions; at every step
 * the model is asked for what would have brought it back to what really followed:
 *   ŝ_t = s_t,   ŝ_{j+1} = ŝ_j + μ_θ(ŝ_j, a_j),   max_θ Σ_t Σ_{j<k} γ^j ln p_θ(s_{t+j+1} − ŝ_{t+j} | ŝ_{t+j}, a_{t+j})
 * with the likelihood of the model class, mean over the steps, weights γ^j normalised to their sum. The gradient goes
 * through all steps. Trained on single transitions, a model reads every recorded value's measurement noise as the state
 * itself and never meets its own errors; here the noise of the first state counts one time in k, and an action whose
 * effect is seen only later (a delay) is still told what it did.
 *
 * Curriculum: 1, 2, 4, … k steps, because far predictions of a model that knows nothing yet teach it nothing.
 * The predicted means are unrolled: noise that was drawn would teach the model to expect less than it does. A class with
 * random weights (a Bayesian network) keeps the same ones over all k steps, as one plant does.
 */
export const kStep: LossMethod<'k-step'> = {
  name: 'k-step',
  clipNorm: CLIP_NORM,
  stages({ steps, curriculum }) {
    const sizes = curriculum ? doublings(steps) : [steps];
    return sizes.map((size) => ({
      steps: size,
      share: sizes.length === 1 ? 1 : size === steps ? LAST_SHARE : (1 - LAST_SHARE) / (sizes.length - 1),
      title: `${size} ${size === 1 ? 'step' : 'steps'}`,
    }));
  },
  feeds: (layout, { steps }) => [
    { name: 'state', shape: [stateWidth(layout)] },
    { name: 'actions', shape: [steps, layout.actions] },
    { name: 'changes', shape: [steps, targetCount(layout)] },
  ],
  filler({ transitions, layout }, { steps }) {
    const [width, targets] = [stateWidth(layout), targetCount(layout)];
    return (start, feeds, to, jitter) => {
      const [state, changes] = [feeds.state as Float32Array, feeds.changes as Float32Array];
      readState(transitions, start, state, to * width);
      let at = start;
      for (let step = 0; step < steps; step++) {
        const row = to * steps + step;
        readAction(transitions, at, feeds.actions as Float32Array, row * layout.actions);
        readTargets(transitions, at, changes, row * targets);
        at = transitions.following[at];
      }
      if (!jitter) return;
      for (let i = 0; i < jitter.length; i++) {
        state[to * width + i] = state[to * width + i] + jitter[i];
      }
      const first = to * steps * targets;
      layout.angles.forEach((_, channel) => {
        changes[first + channel] = changes[first + channel] - jitter[channel];
      });
    };
  },
  starts: (data, { steps }, which) => windowStarts(data, steps, which),
  loss(options, stage, context) {
    const steps = unrolled(stage, context, (inputs, targets) => lossAt(context, inputs, targets));
    return {
      objective: weighted(
        options,
        steps.map(({ objective }) => objective),
      ),
      nll: weighted(
        options,
        steps.map(({ nll }) => nll),
      ),
    };
  },
  judge(options, stage, context) {
    const quiet = { ...context, noise: {} };
    const steps = unrolled(stage, quiet, (inputs, targets) => {
      const predicted = distribution(quiet, inputs);
      return { predicted, nll: context.modelClass.judge({ ...context, inputs, targets }) };
    });
    return weighted(
      options,
      steps.map(({ nll }) => nll),
    );
  },
};

/** 1, 2, 4, … and k itself. */
function doublings(steps: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < steps; size *= 2) sizes.push(size);
  return [...sizes, steps];
}

function distribution({ modelClass, ...context }: LossContext, inputs: tf.Tensor3D): Gaussian {
  if (modelClass.distribution === undefined) {
    throw new RangeError(`the class "${modelClass.name}" gives no distribution to unroll`);
  }
  return modelClass.distribution({ ...context, inputs });
}

/** The class's loss of one step of the window and the prediction that the next one starts from. */
function lossAt(
  context: LossContext,
  inputs: tf.Tensor3D,
  targets: tf.Tensor3D,
): BatchLoss & { predicted: Gaussian } {
  const predicted = distribution(context, inputs);
  const { modelClass } = context;
  const loss = modelClass.likelihood
    ? modelClass.likelihood({ ...context, targets }, predicted)
    : modelClass.loss({ ...context, inputs, targets });
  return { ...loss, predicted };
}

/**
 * Predictions along the window. What the model is asked for is kept as the error ŝ − s so far, which starts at zero and
 * needs no difference of large numbers: the residual from the predicted state is the recorded change minus the error,
 * for an angle by the shorter way.
 * @param at called at every step with normalised inputs and targets, [members, batch, …]
 */
function unrolled<T extends { predicted: Gaussian }>(
  { steps }: Stage,
  { layout, tensors, batch }: Pick<LossContext, 'layout' | 'tensors' | 'batch'>,
  at: (inputs: tf.Tensor3D, targets: tf.Tensor3D) => T,
): T[] {
  const [actions, changes] = ['actions', 'changes'].map(
    (name) => named(batch, name) as unknown as tf.Tensor4D,
  );
  const normalise = normaliserOf(tensors);
  const isAngle = Array.from({ length: targetCount(layout) }, (_, target) => layout.angles[target] === true);
  let state = named(batch, 'state');
  let error: tf.Tensor3D | undefined;
  return Array.from({ length: steps }, (_, step) => {
    const action = forMembers(stepOf(actions as tf.Tensor4D, step), state.shape[0]);
    const change = stepOf(changes as tf.Tensor4D, step);
    const asked = error ? shorterWay(tf.sub(change, error), isAngle) : change;
    const result = at(normalise.inputs(expandInputs(layout, state, action)), normalise.targets(asked));
    if (step < steps - 1) {
      const predicted = normalise.physical(result.predicted.mean);
      // From here on each member has states of its own, also where all of them began with the same rows.
      const [members] = predicted.shape;
      error = observed(layout, tf.sub(predicted, asked));
      state = nextState(layout, forMembers(state, members), forMembers(action, members), predicted);
    }
    return result;
  });
}

function normaliserOf(tensors: Tensors) {
  const mean = named(tensors, 'target/mean');
  const std = named(tensors, 'target/std');
  // A channel that never changed is predicted to go on so and cannot be wrong about it.
  const alive = tf.cast(tf.greater(std, 0), 'float32');
  const scale = tf.div(alive, tf.add(std, tf.sub(1, alive)));
  return {
    inputs: (inputs: tf.Tensor3D): tf.Tensor3D =>
      tf.mul(tf.sub(inputs, named(tensors, 'input/mean')), named(tensors, 'input/scale')),
    targets: (targets: tf.Tensor3D): tf.Tensor3D => tf.mul(tf.sub(targets, mean), scale),
    physical: (targets: tf.Tensor3D): tf.Tensor3D => tf.add(tf.mul(targets, std), mean),
  };
}

/** The error of the observations; the reward of a step has no part in the next state. */
function observed(layout: ModelLayout, error: tf.Tensor3D): tf.Tensor3D {
  if (!layout.reward) return error;
  const mask = Array.from({ length: targetCount(layout) }, (_, i) => (i < layout.angles.length ? 1 : 0));
  return tf.mul(error, tf.tensor3d(mask, [1, 1, mask.length]));
}

/** The first axis repeated for every member where all of them see the same rows. */
function forMembers(rows: tf.Tensor3D, members: number): tf.Tensor3D {
  return rows.shape[0] === members ? rows : tf.tile(rows, [members, 1, 1]);
}

/** [members, batch, width] of [members, batch, steps, width]. */
function stepOf(rows: tf.Tensor4D, step: number): tf.Tensor3D {
  const [members, batch, , width] = rows.shape;
  return tf.reshape(tf.slice4d(rows, [0, 0, step, 0], [-1, -1, 1, -1]), [members, batch, width]);
}

/** Mean over the steps, each weighing `decay` times the one before. */
function weighted({ decay }: Options, steps: tf.Tensor1D[]): tf.Tensor1D {
  const weights = steps.map((_, step) => decay ** step);
  const sum = weights.reduce((a, b) => a + b, 0);
  return tf.addN(steps.map((step, i) => tf.mul(step, weights[i] / sum))) as tf.Tensor1D;
}
