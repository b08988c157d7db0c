import * as tf from '@tensorflow/tfjs-core';
import { nextState, observationOf, rewardOf, stateWidth, targetCount } from '../../dynamics/layout';
import { drawnTargets, type Predictor } from '../../dynamics/predictor';
import type { TensorProgram, TensorSpec } from '../../tensor';
import type { SummedReward } from '../reward';
import { input } from '../traced';
import { judgedRollouts } from './rollout-judging';
import { byRow, lastByRow, redrawn } from './rollout-rows';
import { placesOf, type RolloutShape, shuffles } from './rollout-shape';

/**
 * Inputs of a rollout graph.
 *   start   [stateWidth] (dynamics/layout.ts)
 *   actions [horizon · groups, rowsPerGroup, actions]  action of the row that lies at that place at that step
 *   moves   [(horizon − 1) · groups, rowsPerGroup] int32  place at the step before of the row that lies here now
 *   places  [horizon · candidates · particles] int32  place of every row at every step, plus step × places
 *   functions [groups, rowsPerGroup, targets]  standard normal, the function that the row believes, at its first place
 *   noise   [horizon · groups, rowsPerGroup, noiseWidth]  standard normal
 *   redraw  [horizon · candidates, particles, observations]  standard normal, for moment matching
 *   member  [1] int32  who predicts, where one does for the whole plan
 * Steps lie along the first axis together with the blocks, so that cutting them apart leaves the network's shape.
 */
export function rolloutInputs(shape: RolloutShape, members: number): TensorSpec[] {
  const { horizon, groups, rowsPerGroup, layout, noiseWidth, candidates, particles } = shape;
  const specs: TensorSpec[] = [
    { name: 'start', shape: [stateWidth(layout)] },
    { name: 'actions', shape: [horizon * groups, rowsPerGroup, layout.actions] },
  ];
  if (shuffles(shape)) {
    specs.push({ name: 'places', shape: [horizon * candidates * particles], dtype: 'int32' });
    if (horizon > 1) {
      specs.push({ name: 'moves', shape: [(horizon - 1) * groups, rowsPerGroup], dtype: 'int32' });
    }
  }
  if (shape.functions > 0) {
    specs.push({ name: 'functions', shape: [groups, rowsPerGroup, targetCount(layout)] });
  }
  if (shape.noise) specs.push({ name: 'noise', shape: [horizon * groups, rowsPerGroup, noiseWidth] });
  if (shape.members === 'moment') {
    specs.push({ name: 'redraw', shape: [horizon * candidates, particles, layout.angles.length] });
  }
  if (members > groups) specs.push({ name: 'member', shape: [1], dtype: 'int32' });
  return specs;
}

/**
 * A whole rollout as one pure program: s_{t+1} = s_t + f_m(s_t, a_t), return = Σ_t alive_t · r(s_t, a_t, s_{t+1}), with the value of
 * the end as ValueAtEnd says.
 *
 * The reward needs no place inside the loop over time: states of all steps are evaluated together at its end,
 * in few large operations instead of many small ones.
 *
 * Outputs: sums and steps (rollout-judging.ts), and as RolloutResult names and shapes them what was chosen of variance,
 * violation, stepsOutside and states.
 * @param predict gives the predictor from the program's inputs, so that weights may be inputs or constants
 */
export function rolloutProgram(
  shape: RolloutShape,
  predict: (inputs: Record<string, tf.Tensor>) => Predictor,
  task: Omit<SummedReward, 'arrays'>,
): TensorProgram {
  const { groups, rowsPerGroup, horizon, layout } = shape;
  const width = stateWidth(layout);
  return (inputs): Record<string, tf.Tensor> => {
    const predictor = predict(inputs);
    const start = tf.reshape(input(inputs, 'start'), [1, 1, width]);
    const actions = steps(input(inputs, 'actions'), horizon);
    const moves = shuffles(shape) && horizon > 1 ? steps(input(inputs, 'moves'), horizon - 1) : [];
    const noise = shape.noise ? steps(input(inputs, 'noise'), horizon) : [];
    const redraw = shape.members === 'moment' ? steps(input(inputs, 'redraw'), horizon) : [];
    const before: tf.Tensor[] = [];
    const after: tf.Tensor[] = [];
    const learned: tf.Tensor[] = [];
    let state = tf.mul(start, tf.ones([groups, rowsPerGroup, 1])) as tf.Tensor3D;
    let believed = shape.functions > 0 ? input(inputs, 'functions') : undefined;
    for (const [t, action] of actions.entries()) {
      const move = moves[t - 1];
      if (move) {
        const moved = (x: tf.Tensor, columns: number) =>
          tf.gather(tf.reshape(x, [placesOf(shape), columns]), move as tf.Tensor2D);
        state = moved(state, width) as tf.Tensor3D;
        believed &&= moved(believed, targetCount(layout));
      }
      const done = action as tf.Tensor3D;
      const draws = { ...(believed && { function: believed }), ...(noise[t] && { noise: noise[t] }) };
      const target = targetOf(shape, predictor, state, done, draws);
      let next = nextState(layout, state, done, target);
      const drawn = redraw[t];
      if (drawn) next = redrawn(shape, next, drawn as tf.Tensor3D);
      before.push(observationOf(layout, state));
      after.push(observationOf(layout, next));
      if (shape.learnedReward) learned.push(rewardOf(layout, target));
      state = next;
    }
    const rewards = learned.length > 0 ? tf.squeeze(tf.concat(learned, 0), [2]) : undefined;
    const transitions = {
      before: tf.concat(before, 0),
      action: input(inputs, 'actions'),
      after: tf.concat(after, 0),
    };
    const rowOf = (x: tf.Tensor) => byRow(shape, x, horizon, inputs.places as tf.Tensor1D | undefined);
    const { value } = shape;
    const end = value ? lastByRow(shape, value.of(state), inputs.places as tf.Tensor1D | undefined) : null;
    return judgedRollouts(shape, task, transitions, { learned: rewards, end }, rowOf);
  };
}

/** [groups, rowsPerGroup, targets] what is predicted of one step. */
function targetOf(
  { quiet = 0 }: RolloutShape,
  predictor: Predictor,
  state: tf.Tensor3D,
  action: tf.Tensor3D,
  draws: { function?: tf.Tensor; noise?: tf.Tensor },
): tf.Tensor3D {
  // A draw of a class without a density is never its mean, so quiet rows need the Gaussian of the same moments.
  if (draws.noise && !draws.function && quiet === 0) {
    return predictor.sample(state, action, draws.noise as tf.Tensor3D);
  }
  if (!draws.noise && !draws.function) return predictor.mean(state, action);
  return drawnTargets(predictor.predict(state, action), draws);
}

/** [n · groups, …] to n tensors of [groups, …]. */
function steps(x: tf.Tensor, n: number): tf.Tensor[] {
  return n === 1 ? [x] : tf.split(x, n, 0);
}
