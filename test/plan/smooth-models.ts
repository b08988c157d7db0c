import type { DynamicsModel, ModelChannels } from '../../src/main/dynamics/types';
import type { PlanSpace } from '../../src/main/plan/method';
import { driftModel, randomModel } from '../dynamics/models';

/** Actions within [−1, 1], all continuous. */
export const spaceOf = (horizon: number, actions: number): PlanSpace => ({
  horizon,
  low: new Float64Array(actions).fill(-1),
  high: new Float64Array(actions).fill(1),
  hold: new Float64Array(actions),
  values: Array<null>(actions).fill(null),
});

const POINT: ModelChannels = {
  observations: [
    { name: 'position', unit: 'm', angle: false, limits: null },
    { name: 'velocity', unit: 'm/s', angle: false, limits: null },
  ],
  actions: [{ name: 'action', unit: '1', angle: false, limits: [-1, 1] }],
  periodSeconds: 0.1,
};

/** Inputs are lifted by this much, so that relu never bends them. */
const LIFT = 16;
/** Units of the one hidden layer, more than there are inputs. */
const HIDDEN = 8;

/**
 * Linear dynamics as network weights: x = relu(x + 16) − 16 for |x| < 16. Every observation grows by
 * `rows[channel]` · [network inputs: observations, an angle as sine and cosine, then actions]; `noise` gives the logarithm of the variance of each channel's noise in the
 * same way, plus a constant at the end.
 */
export function linearModel(
  channels: ModelChannels,
  rows: number[][],
  noise: number[][] = rows.map((row) => [...row.map(() => 0), -20]),
): DynamicsModel {
  const inputs = channels.observations.reduce(
    (sum, { angle }) => sum + (angle ? 2 : 1),
    channels.actions.length,
  );
  const targets = rows.length;
  const model = randomModel(channels, {
    class: { name: 'gaussian', hiddenLayers: 1, hiddenUnits: HIDDEN, activation: 'relu' },
  });
  const values = (name: string): Float32Array => {
    const found = model.weights.get(name)?.values;
    if (!found) throw new Error(`no weights "${name}" among ${[...model.weights.keys()].join(', ')}`);
    return found.fill(0);
  };
  const [kernel, lift] = [values('layer0/kernel'), values('layer0/bias')];
  const [last, bias] = [values('layer1/kernel'), values('layer1/bias')];
  const linear = [...rows, ...noise];
  for (let i = 0; i < inputs; i++) {
    kernel[i * HIDDEN + i] = 1;
    lift[i] = LIFT;
    linear.forEach((row, c) => {
      last[i * 2 * targets + c] = row[i] ?? 0;
      bias[c] = bias[c] - LIFT * (row[i] ?? 0);
    });
  }
  noise.forEach((row, c) => {
    bias[targets + c] = bias[targets + c] + (row[inputs] ?? 0);
  });
  // So far away that the soft bounds of the variance leave it as it is.
  values('logVariance/min').fill(-60);
  values('logVariance/max').fill(60);
  model.normaliser.inputMean.fill(0);
  model.normaliser.inputStd.fill(1);
  model.normaliser.targetMean.fill(0);
  model.normaliser.targetStd.fill(1);
  return model;
}

/** position' = position + velocity, velocity' = velocity + gain · action. */
export function pointMass({ gain, noise }: { gain: number; noise?: number[][] }): DynamicsModel {
  return linearModel(
    POINT,
    [
      [0, 1, 0],
      [0, 0, gain],
    ],
    noise,
  );
}

/** Members on LINE that do not agree how far an action moves x: x' = x + gains[m] · u. */
export function disagreeing(gains: number[]): DynamicsModel {
  const members = gains.length;
  const model = driftModel(gains.map((gain) => -LIFT * gain));
  const { values: first } = model.weights.get('layer0/kernel') ?? { values: new Float32Array() };
  const { values: lift } = model.weights.get('layer0/bias') ?? { values: new Float32Array() };
  const { values: last } = model.weights.get('layer1/kernel') ?? { values: new Float32Array() };
  const [units, outputs] = [lift.length / members, 2];
  gains.forEach((gain, m) => {
    first[(m * 2 + 1) * units] = 1;
    lift[m * units] = LIFT;
    last[m * units * outputs] = gain;
  });
  model.normaliser.inputMean.fill(0);
  model.normaliser.inputStd.fill(1);
  return model;
}

const PENDULUM: ModelChannels = {
  observations: [
    { name: 'angle', unit: 'rad', angle: true, limits: null },
    { name: 'velocity', unit: 'rad/s', angle: false, limits: null },
  ],
  actions: [{ name: 'torque', unit: '1', angle: false, limits: [-1, 1] }],
  periodSeconds: 0.05,
};
/** Change of the velocity within a period by the sine of the angle (0: upright) and by the action. */
const [FALL, PUSH, PERIOD] = [15 * 0.05, 6 * 0.05, 0.05];

/** Gym's pendulum without its limit of the velocity; a model of it is exact, because a network sees sine and cosine. */
export function pendulum(): DynamicsModel {
  return linearModel(PENDULUM, [
    [PERIOD * FALL, 0, PERIOD, PERIOD * PUSH],
    [FALL, 0, 0, PUSH],
  ]);
}
export function pendulumStep([angle, velocity]: [number, number], action: number): [number, number] {
  const next = velocity + FALL * Math.sin(angle) + PUSH * action;
  return [angle + PERIOD * next, next];
}
