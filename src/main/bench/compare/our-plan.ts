import { Random } from '../../../shared/random';
import { shareOf } from '../../../shared/statistics';
import type { TaskFile } from '../../../shared/task';
import type { DynamicsModel, NamedArray } from '../../dynamics/types';
import { elites, softmax } from '../../plan/methods/choice';
import { refit, startDistribution } from '../../plan/methods/distribution';
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
  const returns = await returnsOf(row, basis.task, { engine, model }, start, actions);
  const scores = random.fillNormal(new Float32Array(candidates));
  const mean = nextMean(row, setup(1), actions, scores);
  const shaped = (values: Float32Array, ...shape: number[]): NamedArray => ({ shape, values });
  return {
    spec: specOf(row),
    arrays: [
      ['observations', shaped(observations, OBSERVATIONS, 4)],
      ['candidates', shaped(actions, candidates, horizon)],
      ['scores', shaped(scores, candidates)],
      ['plan', shaped(Float32Array.from(made.actions.flat()), horizon)],
    ],
    expected: {
      ...{ start, returns, mean, trajectory: made.mean, spread: made.std },
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

/** Returns of given candidates, [candidates · particles]. */
async function returnsOf(
  { planner, particles }: PlanRow,
  task: TaskFile,
  { engine, model }: { engine: Engine; model: DynamicsModel },
  start: Float32Array,
  actions: Float32Array,
): Promise<Float64Array> {
  const { candidates, horizon } = planner;
  const rollout = await modelSource({ engine, model, threads: 1 }).compile(task, {
    ...{ candidates, horizon, particles, members: 'fixed' },
    ...{ noise: false, learnedReward: false, variance: false, limits: false, trajectories: false },
  });
  const { returns } = await rollout.evaluate(start, actions, new Random(0)).finally(() => rollout.dispose());
  return returns.map((one) => one + rollout.baseline);
}

/**
 * The next distribution's mean for given scores. Not for the returns of given candidates: of a network that has learned nothing
 * they are so alike that rounding decides who is among the elites.
 */
function nextMean(
  { planner }: PlanRow,
  setup: PlanSetup,
  actions: Float32Array,
  given: Float32Array,
): Float64Array {
  const scores = { values: Float64Array.from(given), resolution: 0 };
  const space = planSpace(setup);
  const mppi = planner.method === 'mppi';
  const std = mppi ? planner.noise : planner.initialStd;
  const before = startDistribution(space, null, 0, { std, surprise: 1 });
  const chosen = mppi
    ? softmax(scores, actions, planner.temperature)
    : elites(scores, actions, shareOf(planner.eliteShare, planner.candidates));
  if (!chosen) throw new RangeError('scores that are all equal compare nothing');
  const momentum = mppi ? 0 : planner.momentum;
  return refit(space, before, actions, chosen, { momentum, surprise: 1 }).mean;
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
