import type { z } from 'zod';
import type { ChannelInfo } from '../../shared/episode';
import { TrainOptions } from '../../shared/model';
import { type MppiOptions, PlannerOptions, PropagationOptions } from '../../shared/plan';
import { Random } from '../../shared/random';
import { median, quantile } from '../../shared/statistics';
import type { TaskFile } from '../../shared/task';
import type { DynamicsModel } from '../dynamics/types';
import { untrainedModel } from '../dynamics/untrained';
import { DEFAULT_PLAN_THREADS } from '../plan';
import { rowsOf } from '../plan/rollout-graph';
import { compileRollout, type Rollout } from '../plan/rollouts';
import { PlanSession } from '../plan/session';
import { type Engine, measureMatmul, openEngine } from '../tensor';
import type { BenchReport, BenchResult } from './report';

export interface BenchPlanOptions {
  /** Control period that a plan must fit into. */
  periodSeconds: number;
  /** Rounds of matrix product, rollouts and plans, one after the other, so that all see the same machine. */
  rounds?: number;
}

const THREADS = 2;
const CALLS_PER_ROUND = 8;
const PLANS_PER_ROUND = 40;

/** The networks of the bars: 5 members, 500 candidates through each of them, 25 steps. */
const NETWORKS = [
  { name: 'rollouts, 4 × 200 SiLU', hiddenLayers: 4, hiddenUnits: 200, activation: 'silu' },
  { name: 'rollouts, 2 × 128 ReLU', hiddenLayers: 2, hiddenUnits: 128, activation: 'relu' },
] as const;
const MEMBERS = 5;
const CANDIDATES = 500;
const HORIZON = 25;

const TASK: TaskFile = {
  name: 'balance',
  reward: 'abs(x) <= 2.4 and abs(angle) <= 0.2',
  termination: 'abs(x) > 2.4 or abs(angle) > 0.2',
  maxSteps: 200,
};

/** Rates of whole rollouts, reward and termination included, and the time of one plan with the default planner. */
export async function benchPlan({ periodSeconds, rounds = 5 }: BenchPlanOptions): Promise<BenchReport> {
  const engine = await openEngine('onnxruntime');
  const rollouts = await Promise.all(NETWORKS.map((network) => rolloutBench(engine, network)));
  const planner = PlannerOptions.parse({ method: 'mppi' }) as MppiOptions;
  const session = await planSession(engine, planner);
  const matmul: number[] = [];
  const planMs: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      matmul.push(...(await measureMatmul({ threads: THREADS })).gflopsSamples);
      for (const rollout of rollouts) await rollout.run();
      for (let i = 0; i < PLANS_PER_ROUND; i++) planMs.push(await onePlan(session, planMs.length));
    }
  } finally {
    await Promise.all([session.close(), ...rollouts.map((rollout) => rollout.dispose())]);
  }
  const matmulGflops = median(matmul);
  return {
    matmulGflops,
    results: [
      ...rollouts.map((rollout) => rollout.result(matmulGflops)),
      ...planResults(planner, planMs, periodSeconds * 1000),
    ],
  };
}

/** Floating-point operations of the network's matrix products for every row that is computed, fillers included. */
function gflopOf(rollout: Rollout, model: DynamicsModel): number {
  let multiplyAdds = 0;
  for (const [name, { shape }] of model.weights) {
    if (name.endsWith('/kernel')) multiplyAdds += (shape[1] ?? 0) * (shape[2] ?? 0);
  }
  return (2 * multiplyAdds * rowsOf(rollout.shape) * rollout.shape.horizon) / 1e9;
}

async function rolloutBench(engine: Engine, { name, ...network }: (typeof NETWORKS)[number]) {
  const model = cartPoleModel({ class: { name: 'ensemble', members: MEMBERS, elites: MEMBERS, ...network } });
  const rollout = await compileRollout(
    { engine, model, task: TASK, threads: THREADS },
    {
      horizon: HORIZON,
      candidates: CANDIDATES,
      particles: MEMBERS,
      noise: false,
      shuffle: true,
      trajectories: false,
      learnedReward: false,
    },
  );
  const random = new Random(0);
  const actions = random.fillUniform(new Float32Array(CANDIDATES * HORIZON));
  const ms: number[] = [];
  return {
    async run(): Promise<void> {
      for (let i = 0; i < CALLS_PER_ROUND; i++) {
        const began = performance.now();
        await rollout.evaluate([0, 0, 0, 0], actions, random);
        ms.push(performance.now() - began);
      }
    },
    result(matmulGflops: number): BenchResult {
      const gflops = gflopOf(rollout, model) / (median(ms) / 1000);
      const size = `${MEMBERS} members × ${CANDIDATES} candidates × ${HORIZON} steps`;
      return { name: `${name}, ${size}`, ms: median(ms), gflops, share: gflops / matmulGflops };
    },
    dispose: () => rollout.dispose(),
  };
}

function planSession(engine: Engine, planner: PlannerOptions): Promise<PlanSession> {
  const setup = {
    modelFile: '',
    task: TASK,
    planner,
    propagation: PropagationOptions.parse({}),
    actionLimits: [[-1, 1] as [number, number]],
    holdAction: [0],
    threads: DEFAULT_PLAN_THREADS,
    seed: 0,
  };
  return PlanSession.compile(setup, cartPoleModel({}), engine);
}

/** As in real time: one action is already decided, and the screen wants to draw. */
async function onePlan(session: PlanSession, step: number): Promise<number> {
  const request = { id: step, observation: [0, 0, 0.01, 0], observedStep: step, pending: [[0]] };
  const { planMs } = await session.plan({ ...request, fresh: step === 0, draw: true });
  return planMs;
}

function planResults(planner: MppiOptions, planMs: number[], periodMs: number): BenchResult[] {
  const what = `plan, MPPI ${planner.iterations} × ${planner.candidates} candidates × ${planner.horizon} steps`;
  return [0.5, 0.99].map((q) => {
    const ms = quantile(planMs, q);
    const verdict = ms < periodMs ? 'fits' : 'does not fit';
    const name = `${what}, ${q === 0.5 ? 'median' : '99th percentile'} (${verdict} ${periodMs} ms)`;
    return { name, ms, gflops: null, share: null };
  });
}

/** A model of the right sizes that has learned nothing; only how long it takes matters here. */
function cartPoleModel(options: z.input<typeof TrainOptions>): DynamicsModel {
  const channel = (name: string, unit: string): ChannelInfo => ({ name, unit, angle: false, limits: null });
  const model = untrainedModel(
    {
      observations: [
        channel('x', 'm'),
        channel('velocity', 'm/s'),
        channel('angle', 'rad'),
        channel('angle_velocity', 'rad/s'),
      ],
      actions: [channel('force', 'N')],
      periodSeconds: 0.02,
    },
    TrainOptions.parse(options),
  );
  // Steps as small as a real rig's, so that no rollout runs away.
  model.normaliser.targetMean.fill(0);
  model.normaliser.targetStd.fill(0.01);
  return model;
}
