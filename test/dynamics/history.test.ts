import { describe, expect, it } from 'vitest';
import { prepareData } from '../../src/main/dynamics/data/training-data';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { ModelChannels, TrainingEpisode } from '../../src/main/dynamics/types';
import { TrainOptions } from '../../src/shared/model-options';
import { Random } from '../../src/shared/random';
import { channel, episode, writtenOut } from './dynamics-helpers';
import { predictedTargets, stepErrors } from './predicted';

const CART: ModelChannels = {
  observations: [channel('position', 'm')],
  actions: [channel('force', 'N')],
  periodSeconds: 0.1,
};

/** A cart of 1 kg with friction, of which only `seen` is observed, under random forces. */
function carts(
  count: number,
  seed: number,
  step: (state: { position: number; velocity: number; underWay: number }, force: number) => number,
): TrainingEpisode[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const state = { position: random.normal(), velocity: random.normal(), underWay: 0 };
    const positions: number[] = [];
    const forces: number[] = [];
    const reward: number[] = [];
    for (let row = 0; row <= 80; row++) {
      const force = random.uniformIn(-1, 1);
      positions.push(state.position);
      reward.push(row === 0 ? Number.NaN : Math.cos(state.position));
      forces.push(row === 80 ? Number.NaN : force);
      state.position = step(state, force);
    }
    const one = episode(i + 1, positions, forces);
    one.columns.reward = Float64Array.from(reward);
    return one;
  });
}

/** The force moves the cart one control period after it was commanded. */
const late: Parameters<typeof carts>[2] = (state, force) => {
  const moved = 0.9 * state.position + 0.3 * state.underWay;
  state.underWay = force;
  return moved;
};

/** The velocity is a state that nobody sees. */
const hidden: Parameters<typeof carts>[2] = (state, force) => {
  state.velocity += 0.1 * (3 * force - 0.3 * state.velocity);
  return state.position + 0.1 * state.velocity;
};

const options = (changes: Record<string, unknown>) =>
  TrainOptions.parse({
    class: { name: 'deterministic', hiddenUnits: 16 },
    ...{ epochs: 60, batchSize: 64, learningRate: 3e-3 },
    ...changes,
  });

async function errorWith(history: number, plant: Parameters<typeof carts>[2]): Promise<number> {
  const chosen = options({ history });
  const episodes = carts(6, 1, plant);
  const model = await trainModel({ name: 'cart', rig: 'cart', channels: CART, episodes, options: chosen });
  const judged = prepareData(CART, carts(3, 9, plant), chosen);
  return (await stepErrors(model, judged))[0];
}

describe('a history of two observations and the action between them', () => {
  it('learns a plant that obeys one control period late, which one observation cannot', async () => {
    expect(await errorWith(1, late)).toBeGreaterThan(0.5);
    expect(await errorWith(2, late)).toBeLessThan(0.1);
  });

  it('learns a plant whose velocity is not observed, which one observation cannot', async () => {
    expect(await errorWith(1, hidden)).toBeGreaterThan(0.5);
    expect(await errorWith(2, hidden)).toBeLessThan(0.1);
  });
});

/** A cart on a spring, so that it stays where there was data. */
const sprung: Parameters<typeof carts>[2] = (state, force) => {
  state.velocity += 0.1 * (6 * force - 4 * state.position - 0.8 * state.velocity);
  return state.position + 0.1 * state.velocity;
};

describe('a learned reward', () => {
  it('is the recorded one on steps that were not learned from', async () => {
    const chosen = options({ rewardHead: true, history: 2 });
    const request = { name: 'cart', rig: 'cart', channels: CART, options: chosen };
    const model = await trainModel({ ...request, episodes: carts(8, 1, sprung) });
    const judged = prepareData(CART, carts(3, 9, sprung), chosen);
    const { targets, states, count } = writtenOut(judged.transitions);
    const predicted = await predictedTargets(model, judged);
    const rewards = Array.from({ length: count }, (_, i) => targets[2 * i + 1]);
    const mean = rewards.reduce((a, b) => a + b, 0) / count;
    let [squares, variance] = [0, 0];
    rewards.forEach((reward, i) => {
      // The reward of a step is that of the state it led to.
      expect(reward).toBeCloseTo(Math.cos(states[3 * i] + targets[2 * i]), 6);
      squares += (predicted[2 * i + 1] - reward) ** 2;
      variance += (reward - mean) ** 2;
    });
    expect(Math.sqrt(squares / variance)).toBeLessThan(0.15);
  });
});
