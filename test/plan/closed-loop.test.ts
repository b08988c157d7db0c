import { describe, expect, it } from 'vitest';
import { trainModel } from '../../src/main/dynamics/training/train';
import type { DynamicsModel, TrainingEpisode } from '../../src/main/dynamics/types';
import { PlanSession } from '../../src/main/plan/session/session';
import { compileTask } from '../../src/main/task';
import { type Engine, openEngine } from '../../src/main/tensor';
import { TrainOptions } from '../../src/shared/model';
import { PlannerOptions, PropagationOptions } from '../../src/shared/plan';
import { Random } from '../../src/shared/random';
import { lacksStudies } from '../needs';
import {
  CARTPOLE_CHANNELS,
  CARTPOLE_TASK,
  cartpoleEpisode,
  cartpoleStart,
  cartpoleStep,
  type State,
} from './cartpole';

const task = compileTask(CARTPOLE_TASK, CARTPOLE_CHANNELS);

/** One episode on the true dynamics, from `start` until it terminates or 200 steps have passed. */
async function episode(start: State, decide: (state: State, step: number) => Promise<number>) {
  const states = [start];
  const actions: number[] = [];
  let total = 0;
  for (let step = 0, state = start; step < CARTPOLE_TASK.maxSteps; step++) {
    const action = await decide(state, step);
    const next = cartpoleStep(state, action);
    total += task.reward(state, [action], next);
    states.push(next);
    actions.push(action);
    if (task.terminated(state, [action], next)) break;
    state = next;
  }
  return { states, actions, total };
}

/**
 * In real time the plan for a step is made while the action before it is still being executed: it starts from
 * the observation one step earlier, carried forward by the model.
 */
async function controlled(engine: Engine, model: DynamicsModel, start: State) {
  const session = await PlanSession.compile(
    {
      modelFile: '',
      task: CARTPOLE_TASK,
      planner: PlannerOptions.parse({ method: 'mppi' }),
      propagation: PropagationOptions.parse({}),
      actionLimits: [[-1, 1]],
      holdAction: [0],
      threads: 1,
      seed: 0,
    },
    model,
    engine,
  );
  let planned = 0;
  try {
    return await episode(start, async (observation, observedStep) => {
      const action = planned;
      const request = { id: observedStep, observation, observedStep, pending: [[action]], draw: false };
      planned = (await session.plan({ ...request, fresh: observedStep === 0 })).actions[0]?.[0] ?? 0;
      return action;
    });
  } finally {
    await session.close();
  }
}

describe('train, plan, repeat on the textbook cart-pole, with every default', () => {
  it.skipIf(lacksStudies)(
    'balances 200 steps within 600 transitions, planning one step ahead as in real time',
    async () => {
      const seed = 1;
      const engine = await openEngine();
      const random = new Random(seed);
      const first = await episode(cartpoleStart(random), async () => random.uniformIn(-1, 1));
      const episodes: TrainingEpisode[] = [cartpoleEpisode(0, first.states, first.actions)];
      let transitions = first.actions.length;
      let best = first.total;
      while (best < 200 && transitions < 600) {
        const model = await trainModel({
          name: 'cart-pole',
          rig: 'cartpole',
          channels: CARTPOLE_CHANNELS,
          episodes,
          options: TrainOptions.parse({ seed }),
        });
        const trial = await controlled(engine, model, cartpoleStart(random));
        episodes.push(cartpoleEpisode(episodes.length, trial.states, trial.actions));
        transitions += trial.actions.length;
        best = Math.max(best, trial.total);
      }
      expect(best).toBe(200);
      expect(transitions).toBeLessThanOrEqual(600);
    },
  );
});
