import { ForesightError } from '../../shared/errors';
import { PlannerOptions, PropagationOptions } from '../../shared/plan';
import type { AlgorithmOptionsOf } from '../../shared/policy';
import type { Rig } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import type { DynamicsModel } from '../dynamics/types';
import { planBounds } from '../plan/bounds';
import { PlanSession } from '../plan/session/session';
import type { PlanSetup } from '../plan/types';
import type { Engine } from '../tensor';
import { type PolicySpace, toPhysical, toUnit } from './representation/space';
import type { Teacher } from './types';

/** Rows that a planner's model may look back, at most. */
const MOST_PAST = 64;

export interface Teaching {
  rig: Rig;
  task: TaskFile;
  space: PolicySpace;
  options: Pick<AlgorithmOptionsOf<'distil'>, 'planner' | 'planOn' | 'horizon' | 'candidates'>;
  /** What it plans on, where that is no simulator; of one that learned from pictures states are latent ones. */
  model: DynamicsModel | null;
  engine: Engine;
  seed: number;
}

/**
 * A planner as a teacher, in this thread: what it planned in one step of an episode is where it begins in the next, whoever
 * drives. It draws the same numbers for every plan: where two ways are equally good, as for a pole that hangs at rest, it would
 * otherwise say now one and now the other, and who learns from both learns the mean, which is neither.
 * @throws ForesightError wrong-use for a model that is not there, and whatever the planner has against its setup
 */
export async function planningTeacher({
  rig,
  task,
  space,
  options,
  model,
  engine,
  seed,
}: Teaching): Promise<Teacher & { close(): Promise<void> }> {
  const setup: PlanSetup = {
    ...planBounds(rig.file),
    ...{ modelFile: '', task, threads: 1, seed, sameDraws: true, statesGiven: true },
    planner: PlannerOptions.parse({
      ...{ method: options.planner, drawCandidates: 0 },
      ...{ horizon: options.horizon, candidates: options.candidates },
    }),
    propagation: PropagationOptions.parse({}),
  };
  let session: PlanSession;
  if (options.planOn === 'simulator') session = await PlanSession.open({ ...setup, simulator: rig });
  else if (model) session = await PlanSession.compile(setup, model, engine);
  else {
    throw new ForesightError(
      'wrong-use',
      'The planner that is to teach plans on a model, and there is none.',
      'Give it a model of the rig, or let it plan on the simulator.',
    );
  }

  const width = space.layout.angles.length;
  let [observations, actions]: [number[][], number[][]] = [[], []];
  let step = 0;
  return {
    async advise({ state, before }) {
      const fresh = before === null;
      if (fresh) {
        [observations, actions, step] = [[], [], 0];
      } else {
        actions.push([...toPhysical(space, before)]);
        step++;
      }
      const observation = [...state.subarray(0, width)];
      const past = { observations: [...observations], actions: [...actions] };
      const plan = await session.plan({
        ...{ id: step, observation, observedStep: step, past, pending: [], fresh, draw: false },
      });
      observations.push(observation);
      observations = observations.slice(-MOST_PAST);
      actions = actions.slice(-MOST_PAST + 1);
      return toUnit(space, plan.actions[0] ?? []);
    },
    close: () => session.close(),
  };
}
