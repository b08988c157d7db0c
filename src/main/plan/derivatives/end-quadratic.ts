import * as tf from '@tensorflow/tfjs-core';
import { nearestConvex } from '../../../shared/linear-algebra/eigen';
import { nextState } from '../../dynamics/layout';
import { input } from '../traced';
import { differenceSteps, type Problem, touching } from './problem';

/** What the end of a trajectory costs, minus its worth, to second order in (state, action executed before). */
export interface EndQuadratic {
  /** [stateWidth + actions] */
  slope: Float64Array;
  /** [stateWidth + actions, stateWidth + actions] positive semidefinite. */
  curvature: Float64Array;
}

/**
 * Part of a program: slopes of V at s_H and to both sides of it in every number of the state, "endSlopes" [1 + 2 · stateWidth,
 * stateWidth]. A network has no curvature to be had by differentiating twice (of a ReLU it is zero), so it is had by differences, as
 * that of a learned reward.
 * @param mean [1, horizon, targets] predicted changes
 */
export function endProgram(
  problem: Problem,
  inputs: Record<string, tf.Tensor>,
  mean: tf.Tensor3D,
): Record<string, tf.Tensor> {
  const { value, horizon, width, actions, layout } = problem;
  if (!value) return {};
  const last = (x: tf.Tensor, columns: number) =>
    tf.slice(tf.reshape(x, [1, horizon, columns]), [0, horizon - 1, 0], [1, 1, columns]) as tf.Tensor3D;
  const [, , targets] = mean.shape;
  const end = nextState(
    layout,
    last(input(inputs, 'states'), width),
    last(input(inputs, 'actions'), actions),
    last(mean, targets),
  );
  const moves = new Float32Array((1 + 2 * width) * width);
  differenceSteps(problem)
    .slice(0, width)
    .forEach((step, j) => {
      moves[(1 + 2 * j) * width + j] = step;
      moves[(2 + 2 * j) * width + j] = -step;
    });
  const around: tf.Tensor = tf.add(end, tf.tensor3d(moves, [1, 1 + 2 * width, width]));
  const slopes = tf.grad((state: tf.Tensor) => touching(tf.sum(value.of(state as tf.Tensor3D)), [state]))(
    around,
  );
  return { endSlopes: tf.reshape(slopes, [1 + 2 * width, width]) };
}

/** What the program gave; null without a value. Curvature the wrong way is set to zero, as of the reward. */
export function endQuadratic(
  problem: Problem,
  { endSlopes }: Record<string, ArrayLike<number>>,
): EndQuadratic | null {
  const { value, horizon, width, actions } = problem;
  if (!value || !endSlopes) return null;
  const size = width + actions;
  const worth = value.discount ** horizon;
  const slopeAt = (row: number, i: number) => -worth * (endSlopes[row * width + i] ?? 0);
  const steps = differenceSteps(problem);
  const bent = Float64Array.from({ length: width * width }, (_, at) => {
    const [j, i] = [Math.floor(at / width), at % width];
    const along = (from: number, to: number) =>
      (slopeAt(1 + 2 * from, to) - slopeAt(2 + 2 * from, to)) / (2 * (steps[from] ?? 1));
    return (along(j, i) + along(i, j)) / 2;
  });
  const convex = nearestConvex(bent, width);
  const slope = new Float64Array(size);
  const curvature = new Float64Array(size * size);
  for (let i = 0; i < width; i++) {
    slope[i] = slopeAt(0, i);
    curvature.set(convex.subarray(i * width, (i + 1) * width), i * size);
  }
  return { slope, curvature };
}
