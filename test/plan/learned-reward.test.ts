import { describe, expect, it } from 'vitest';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, ModelChannels, TrainingEpisode } from '../../src/main/dynamics/types';
import { PlanSession } from '../../src/main/plan/session/session';
import { openEngine } from '../../src/main/tensor';
import { TrainOptions } from '../../src/shared/model';
import { PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';

const CART: ModelChannels = {
  observations: ['position', 'velocity'].map((name) => ({
    ...{ name, unit: name === 'position' ? 'm' : 'm/s', angle: false, limits: null },
  })),
  actions: [{ name: 'force', unit: 'N', angle: false, limits: [-1, 1] }],
  periodSeconds: 0.1,
};
type State = [position: number, velocity: number];

const step = ([position, velocity]: State, force: number): State => {
  const next = velocity + 0.1 * (4 * force - 0.5 * velocity);
  return [position + 0.1 * next, next];
};

/** What somebody wanted when the episodes were recorded: the cart at 1 m. No formula of it is handed on. */
const wanted = ([position]: State) => -((position - 1) ** 2);

function recorded(count: number): TrainingEpisode[] {
  const random = new Random(3);
  return Array.from({ length: count }, (_, id) => {
    let state: State = [random.uniformIn(-2, 2), random.uniformIn(-1, 1)];
    const [observations, actions, reward]: number[][] = [[], [], []];
    for (let row = 0, force = 0; row <= 40; row++) {
      observations?.push(...state);
      reward?.push(row === 0 ? Number.NaN : wanted(state));
      if (row % 5 === 0) force = random.uniformIn(-1, 1);
      actions?.push(row === 40 ? Number.NaN : force);
      state = step(state, force);
    }
    return {
      id,
      columns: {
        rows: 41,
        observations: Float64Array.from(observations ?? []),
        actions: Float64Array.from(actions ?? []),
        reward: Float64Array.from(reward ?? []),
      },
    };
  });
}

/** In lockstep: every observation is planned from, and the plan's first action is what happens. */
async function driven(model: DynamicsModel, reward: 'task' | 'learned'): Promise<State[]> {
  const session = await PlanSession.compile(
    {
      modelFile: '',
      // A formula that says the opposite of what the recording was rewarded for.
      task: { name: 'elsewhere', reward: '-(position + 1)^2', termination: '', maxSteps: 40 },
      planner: PlannerOptions.parse({ method: 'mppi', horizon: 12, candidates: 200 }),
      propagation: PropagationOptions.parse({ reward }),
      ...{ actionLimits: [[-1, 1]], holdAction: [0], threads: 1, seed: 0 },
    },
    model,
    await openEngine(),
  );
  try {
    let state: State = [0, 0];
    const states: State[] = [];
    for (let at = 0; at < 40; at++) {
      const request = { id: at, observation: state, observedStep: at, pending: [], draw: false };
      const { actions } = await session.plan({ ...request, fresh: at === 0 });
      state = step(state, actions[0]?.[0] ?? 0);
      states.push(state);
    }
    return states;
  } finally {
    await session.close();
  }
}

describe('a plan on a learned reward', () => {
  it('brings the cart to where it was rewarded, and one on the formula to where that says', async () => {
    const model = await trainModel({
      ...{ name: 'cart', rig: 'cart', channels: CART, episodes: recorded(40) },
      options: TrainOptions.parse({
        class: { name: 'ensemble', members: 2, elites: 2, hiddenUnits: 64 },
        ...{ rewardHead: true, epochs: 100, batchSize: 64 },
      }),
    });
    const ends = async (reward: 'task' | 'learned') =>
      (await driven(model, reward)).slice(-10).map(([position]) => position);
    // Over six seeds and two engines within 0.15 of what was learned, and within 0.03 of the formula.
    for (const position of await ends('learned')) expect(Math.abs(position - 1)).toBeLessThan(0.3);
    for (const position of await ends('task')) expect(Math.abs(position + 1)).toBeLessThan(0.1);
  });

  it('is refused for a model that has not learned it', async () => {
    const model = await trainModel({
      ...{ name: 'cart', rig: 'cart', channels: CART, episodes: recorded(2) },
      options: TrainOptions.parse({ class: { name: 'deterministic', hiddenUnits: 8 }, epochs: 1 }),
    });
    await expect(driven(model, 'learned')).rejects.toThrow(
      'The model "cart" has not learned the reward, so a plan cannot use it.',
    );
  });
});
