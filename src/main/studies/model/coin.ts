import type { CoinSource } from '../../../shared/model-study';
import type { Random } from '../../../shared/random';
import type { ModelChannels, TrainingEpisode } from '../../dynamics/types';

/**
 * A puck that a push moves along x and that a gate then throws to one side or the other with a coin's chance, both
 * coordinates together: with c = ±1 by a fair coin and ε, η standard normal,
 *   x' = 0.8 x + 0.2 u + c · step + noise · ε
 *   y' = 0.8 y + c · step + noise · η.
 * No Gaussian is right about it: its mean lies where the puck never comes to.
 */
export const COIN_CHANNELS: ModelChannels = {
  observations: ['x', 'y'].map((name) => ({ name, unit: 'm', angle: false, limits: null })),
  actions: [{ name: 'push', unit: '1', angle: false, limits: [-1, 1] }],
  periodSeconds: 0.1,
};

type CoinPlant = Pick<CoinSource, 'step' | 'noise'>;

/** The observation [x, y] one step later. */
export function coinStep(
  { step, noise }: CoinPlant,
  observation: ArrayLike<number>,
  push: number,
  random: Random,
): number[] {
  const [x = 0, y = 0] = [observation[0], observation[1]];
  const thrown = random.uniform() < 0.5 ? -step : step;
  return [
    0.8 * x + 0.2 * push + thrown + noise * random.normal(),
    0.8 * y + thrown + noise * random.normal(),
  ];
}

/** One episode of random pushes. */
export function coinEpisode(
  plant: CoinPlant,
  id: number,
  transitions: number,
  random: Random,
): TrainingEpisode {
  const observations = new Float64Array(2 * (transitions + 1));
  const actions = new Float64Array(transitions + 1).fill(Number.NaN);
  let now: ArrayLike<number> = [0, 0];
  for (let row = 0; row < transitions; row++) {
    const push = random.uniformIn(-1, 1);
    actions[row] = push;
    now = coinStep(plant, now, push, random);
    observations.set(now, 2 * (row + 1));
  }
  return { id, columns: { rows: transitions + 1, observations, actions } };
}
