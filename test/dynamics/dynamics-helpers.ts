import {
  readAction,
  readInputs,
  readState,
  readTargets,
  type Transitions,
} from '../../src/main/dynamics/data/step-rows';
import { inputCount, stateWidth, targetCount } from '../../src/main/dynamics/layout';
import type { ModelChannels, TrainingEpisode } from '../../src/main/dynamics/types';
import type { ChannelInfo } from '../../src/shared/episode';
import { EnsembleOptions, type OptionsOf, TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';

export const channel = (name: string, unit: string, angle = false): ChannelInfo => ({
  ...{ name, unit, angle },
  limits: null,
});

/** A pendulum: its angle is one, and it turns over. */
export const PENDULUM: ModelChannels = {
  observations: [channel('angle', 'rad', true), channel('speed', 'rad/s')],
  actions: [channel('torque', 'N m')],
  periodSeconds: 0.05,
};

/** Episodes of a damped pendulum under random torque, angle wrapped as an encoder gives it. */
export function pendulumEpisodes(count: number, transitions: number, seed = 0): TrainingEpisode[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    let [angle, speed] = [random.uniformIn(-3, 3), random.uniformIn(-2, 2)];
    const observations: number[] = [];
    const actions: number[] = [];
    for (let row = 0; row <= transitions; row++) {
      const torque = random.uniformIn(-2, 2);
      observations.push(angle, speed);
      actions.push(row === transitions ? Number.NaN : torque);
      speed += 0.05 * (5 * Math.sin(angle) - 0.2 * speed + 3 * torque);
      angle = Math.atan2(Math.sin(angle + 0.05 * speed), Math.cos(angle + 0.05 * speed));
    }
    return episode(i + 1, observations, actions);
  });
}

/** The same as a bench shows it: readings with noise, and a torque that takes effect one control period late. */
export function noisyPendulumEpisodes(count: number, transitions: number, seed = 0): TrainingEpisode[] {
  const random = new Random(seed).fork('noisy');
  return Array.from({ length: count }, (_, i) => {
    let [angle, speed, underWay] = [random.uniformIn(-3, 3), random.uniformIn(-2, 2), 0];
    const observations: number[] = [];
    const actions: number[] = [];
    for (let row = 0; row <= transitions; row++) {
      const torque = random.uniformIn(-2, 2);
      observations.push(angle + 0.005 * random.normal(), speed + 0.1 * random.normal());
      actions.push(row === transitions ? Number.NaN : torque);
      speed += 0.05 * (-5 * Math.sin(angle) - 0.2 * speed + 3 * underWay);
      angle += 0.05 * speed;
      underWay = torque;
    }
    return episode(i + 1, observations, actions);
  });
}

export function episode(id: number, observations: number[], actions: number[]): TrainingEpisode {
  return {
    id,
    columns: {
      rows: actions.length,
      observations: Float64Array.from(observations),
      actions: Float64Array.from(actions),
    },
  };
}

/** Small and quick, enough to learn a pendulum roughly. */
export const quickOptions = (
  changes: Partial<TrainOptions> = {},
  ensemble: Partial<OptionsOf<'ensemble'>> = {},
): TrainOptions =>
  TrainOptions.parse({
    class: EnsembleOptions.parse({ name: 'ensemble', members: 3, elites: 2, hiddenUnits: 32, ...ensemble }),
    epochs: 30,
    batchSize: 64,
    ...changes,
  });

/** What a training learns from, written out: row-major, SI units, as `collectTransitions` has it. */
export function writtenOut(transitions: Transitions) {
  const { count, following, rows } = transitions;
  const all = (
    width: number,
    read: (at: Transitions, index: number, to: Float64Array, from: number) => void,
  ) => {
    const values = new Float64Array(count * width);
    for (let index = 0; index < count; index++) read(transitions, index, values, index * width);
    return values;
  };
  return {
    ...{ count, following },
    states: all(stateWidth(rows.layout), readState),
    actions: all(rows.layout.actions, readAction),
    inputs: all(inputCount(rows.layout), readInputs),
    targets: all(targetCount(rows.layout), readTargets),
  };
}
