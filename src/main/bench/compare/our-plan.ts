import { Random } from '../../../shared/random';
import { shareOf } from '../../../shared/statistics';
import type { DynamicsModel, NamedArray } from '../../dynamics/types';
import { elites, softmax } from '../../plan/methods/choice';
import { refit, startDistribution } from '../../plan/methods/distribution';
import { scoresOf } from '../../plan/objective';
import { modelSource } from '../../plan/rollout/rollouts';
import { PlanSession } from '../../plan/session/session';
import { planSpace } from '../../plan/space';
import type { PlanRequest, PlanSetup } from '../../plan/types';
import type { Engine } from '../../tensor';
import { type PlanBasis, setupFor } from '../plan-model';
import { type OpenRow, type Results, timed } from './contender';
import type { PlanRow } from './rows';

/** Observations that plans are asked for, one after the other and from the beginning again. */
const OBSERVATIONS = 16;

/** A planner's whole plan, through the session that runs a rig. */
export interface OurPlan {
  spec: Record<string, unknown>;
  arrays: [string, NamedArray][];
  expected: Results;
  open(threads: number): Promise<OpenRow>;
}

export async function openOurPlan(
  row: PlanRow,
  engine: Engine,
  basis: PlanBasis,
  model: DynamicsModel,
): Promise<OurPlan> {
  const { planner, particles } = row;
  const setup = (threads: number) => setupFor(basis, planner, { particles, threads });
  const random = new Random(2);
  const observations = random
    .fillNormal(new Float32Array(4 * OBSERVATIONS))
    .map((normal, i) => normal * [0.3, 0.3, 0.03, 0.3][i % 4]);
  const request = (step: number): PlanRequest => ({
    ...{ id: step, observedStep: step, pending: [basis.holdAction], fresh: step === 0, draw: true },
    observation: [...observations.subarray(4 * (step % OBSERVATIONS), 4 * (step % OBSERVATIONS) + 4)],
  });
  const { candidates, horizon } = planner;
  const actions = random
    .fillNormal(new Float32Array(candidates * horizon))
    .map((normal) => Math.min(1, Math.max(-1, normal / 2)));

  const session = await PlanSession.compile(setup(1), model, engine);
  const made = await session.plan(request(0)).finally(() => session.close());
  const start = made.mean.slice(0, 4);
  const judged = await judge(row, setup(1), { engine, model }, start, actions);
  const shaped = (values: Float32Array, ...shape: number[]): NamedArray => ({ shape, values });
  return {
    spec: specOf(row),
    arrays: [
      ['observations', shaped(observations, OBSERVATIONS, 4)],
      ['candidates', shaped(actions, candidates, horizon)],
      ['plan', shaped(Float32Array.from(made.actions.flat()), horizon)],
    ],
    expected: {
      ...{ start, ...judged, trajectory: made.mean, spread: made.std },
      expectedReturn: [made.expectedReturn],
    },
    open: async (threads) => {
      const session = await PlanSession.compile(setup(threads), model, engine);
      let step = 0;
      return {
        go: (turn) => timed(() => session.plan(request(step++)), turn),
        close: () => session.close(),
      };
    },
  };
}

/** What the planner's pieces make of given candidates: their returns, and the next distribution's mean. */
async function judge(
  { planner, particles }: PlanRow,
  setup: PlanSetup,
  { engine, model }: { engine: Engine; model: DynamicsModel },
  start: Float32Array,
  actions: Float32Array,
): Promise<Results> {
  const { candidates, horizon } = planner;
  const source = modelSource({ engine, model, threads: 1 });
  const rollout = await source.compile(setup.task, {
    ...{ candidates, horizon, particles, members: 'fixed' },
    ...{ noise: false, learnedReward: false, variance: false, limits: false, trajectories: false },
  });
  const result = await rollout.evaluate(start, actions, new Random(0)).finally(() => rollout.dispose());
  const scores = scoresOf(result, { candidates, members: source.members }, setup.propagation);
  const space = planSpace(setup);
  const std = planner.method === 'mppi' ? planner.noise : planner.initialStd;
  const before = startDistribution(space, null, 0, { std, surprise: 1 });
  const chosen =
    planner.method === 'mppi'
      ? softmax(scores, actions, planner.temperature)
      : elites(scores, actions, shareOf(planner.eliteShare, candidates));
  const momentum = planner.method === 'mppi' ? 0 : planner.momentum;
  const after = chosen && refit(space, before, actions, chosen, { momentum, surprise: 1 });
  return {
    returns: result.returns.map((one) => one + rollout.baseline),
    mean: (after ?? before).mean,
  };
}

/** The planner's options as the other programs read them, and rows of futures that are drawn (session/futures.ts). */
function specOf({ planner, particles, network }: PlanRow): Record<string, unknown> {
  const { method, candidates, iterations, horizon, drawCandidates } = planner;
  const drawn = network.members * Math.ceil((network.members + drawCandidates) / network.members);
  const own =
    planner.method === 'mppi'
      ? { std: planner.noise, temperature: planner.temperature, correlation: planner.correlation }
      : {
          std: planner.initialStd,
          elites: shareOf(planner.eliteShare, candidates),
          momentum: planner.momentum,
        };
  return {
    ...{ kind: 'plan', method, candidates, iterations, horizon, particles },
    ...{ drawn: drawn - network.members, ...own },
  };
}
