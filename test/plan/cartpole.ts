import type { ModelChannels, TrainingEpisode } from '../../src/main/dynamics/types';
import type { ChannelInfo } from '../../src/shared/episode';
import type { Random } from '../../src/shared/random';
import type { TaskFile } from '../../src/shared/task';

/**
 * The continuous cart-pole of the literature (Barto, Sutton and Anderson 1983; Gym's CartPole with a continuous
 * force), by its textbook equations: the plant that planners are proved on before any simulator is there.
 */
export type State = [position: number, velocity: number, angle: number, angularVelocity: number];

const GRAVITY = 9.8;
const CART_MASS = 1;
const POLE_MASS = 0.1;
const HALF_LENGTH = 0.5;
const FORCE = 10;
export const PERIOD = 0.02;

/** One Euler step under the action in [−1, 1]. */
export function cartpoleStep([x, v, theta, omega]: State, action: number): State {
  const total = CART_MASS + POLE_MASS;
  const sin = Math.sin(theta);
  const cos = Math.cos(theta);
  const push = (FORCE * action + POLE_MASS * HALF_LENGTH * omega ** 2 * sin) / total;
  const alpha = (GRAVITY * sin - cos * push) / (HALF_LENGTH * (4 / 3 - (POLE_MASS * cos ** 2) / total));
  const acceleration = push - (POLE_MASS * HALF_LENGTH * alpha * cos) / total;
  return [x + PERIOD * v, v + PERIOD * acceleration, theta + PERIOD * omega, omega + PERIOD * alpha];
}

export function cartpoleStart(random: Random): State {
  const near = () => random.uniformIn(-0.05, 0.05);
  return [near(), near(), near(), near()];
}

const channel = (name: string, unit: string, limits: [number, number] | null = null): ChannelInfo => ({
  name,
  unit,
  angle: false,
  limits,
});
export const CARTPOLE_CHANNELS: ModelChannels = {
  observations: [
    channel('cart_position', 'm'),
    channel('cart_velocity', 'm/s'),
    channel('pole_angle', 'rad'),
    channel('pole_velocity', 'rad/s'),
  ],
  actions: [channel('force', '1', [-1, 1])],
  periodSeconds: PERIOD,
};

export const CARTPOLE_TASK: TaskFile = {
  name: 'balance',
  reward: 'abs(cart_position) <= 2.4 and abs(pole_angle) <= 12 * pi / 180',
  termination: 'abs(cart_position) > 2.4 or abs(pole_angle) > 12 * pi / 180',
  maxSteps: 200,
  maxReturn: 200,
};

/** Rows of one episode, as training takes them. */
export function cartpoleEpisode(id: number, states: State[], actions: number[]): TrainingEpisode {
  return {
    id,
    columns: {
      rows: states.length,
      observations: Float64Array.from(states.flat()),
      actions: Float64Array.from([...actions, Number.NaN]),
    },
  };
}
