import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PlannerName, PlannerOptions } from '../../shared/plan';
import { median, quantile } from '../../shared/statistics';
import { PlanSession } from '../plan/session/session';
import { measureMatmul } from '../tensor';
import { type FitRow, fitCases, measureFit } from './plan-fits';
import { cartPoleBasis, gflopOfPlan, type PlanBasis, setupFor } from './plan-model';
import type { BenchReport, BenchResult } from './report';

export interface BenchPlanOptions {
  /** Control period that a plan must fit into. */
  periodSeconds: number;
  /** Rounds of matrix product and plans, one after the other, so that all see the same machine. */
  rounds?: number;
  /** Plans behind every quantile. */
  plans?: number;
  /** Of which planners it is said what fits; of all when left out. */
  planners?: readonly PlannerName[];
  /** A model and rig of one's own, for what fits; the default model on a cart-pole when left out. */
  own?: PlanBasis;
  /** Leave the large settings out, which take a second a plan. */
  small?: boolean;
  onPhase?(phase: string, done: number, total: number): void;
}

export interface PlanBenchReport extends BenchReport {
  periodMs: number;
  fits: FitRow[];
  /** 400 candidates over 25 steps with 5 nets of 2 × 128, at 20 Hz. */
  realtime: { medianMs: number; p99Ms: number; periodMs: number; fits: boolean };
}

/** Threads of the matrix product, and of large plans. */
const THREADS = 2;
const MEMBERS = 5;

interface Setting {
  name: string;
  /** Network and ensemble. */
  class: { hiddenLayers: number; hiddenUnits: number; activation: 'silu' | 'relu'; members: number };
  planner: PlannerOptions;
  particles: number;
  /** Plans in every round. */
  plans: number;
}

const network = (hiddenLayers: number, hiddenUnits: number, activation: 'silu' | 'relu') => ({
  ...{ hiddenLayers, hiddenUnits, activation },
  members: MEMBERS,
});
/** One call of the rollout graph and little else, so that the rate is the rollouts', through all of the planner. */
const large = PlannerOptions.parse({
  method: 'random-shooting',
  candidates: 500,
  horizon: 25,
  drawCandidates: 0,
});
const RATES: Setting[] = [
  {
    name: '4 × 200 SiLU, 5 members × 500 candidates × 25 steps',
    class: network(4, 200, 'silu'),
    planner: large,
    ...{ particles: MEMBERS, plans: 4 },
  },
  {
    name: '2 × 128 ReLU, 5 members × 500 candidates × 25 steps',
    class: network(2, 128, 'relu'),
    planner: large,
    ...{ particles: MEMBERS, plans: 8 },
  },
];
const PAPER: Setting = {
  name: 'paper size: CEM 5 × 350 candidates, 20 particles, 15 steps, 7 nets of 4 × 200',
  class: { hiddenLayers: 4, hiddenUnits: 200, activation: 'silu', members: 7 },
  planner: PlannerOptions.parse({ method: 'cem', candidates: 350, iterations: 5, horizon: 15 }),
  ...{ particles: 20, plans: 1 },
};
const REALTIME: Setting = {
  name: 'real time: MPPI 400 candidates, 25 steps, 5 nets of 2 × 128',
  class: network(2, 128, 'relu'),
  planner: PlannerOptions.parse({ method: 'mppi', candidates: 400, horizon: 25 }),
  ...{ particles: 1, plans: 40 },
};
const REALTIME_PERIOD_MS = 50;

/** What fits into the period, and rates of whole plans as shares of the matrix product's. */
export async function benchPlan(options: BenchPlanOptions): Promise<PlanBenchReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-bench-'));
  try {
    return await measured(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(
  folder: string,
  { periodSeconds, rounds = 5, plans = 100, planners, own, small = false, onPhase }: BenchPlanOptions,
): Promise<PlanBenchReport> {
  const settings = small ? [REALTIME] : [...RATES, PAPER, REALTIME];
  const cases = fitCases(planners);
  const total = rounds + cases.length;
  const benches: Awaited<ReturnType<typeof openSetting>>[] = [];
  // One after the other: settings with the same networks have the same model file.
  for (const setting of settings) benches.push(await openSetting(folder, setting));
  const matmul: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      onPhase?.('rates of whole plans', round, total);
      matmul.push(...(await measureMatmul({ threads: THREADS })).gflopsSamples);
      for (const bench of benches) await bench.run();
    }
  } finally {
    await Promise.all(benches.map((bench) => bench.close()));
  }
  const basis = own ?? (await cartPoleBasis(folder, {}));
  const fits: FitRow[] = [];
  for (const [i, one] of cases.entries()) {
    onPhase?.(`what fits: ${one.planner.method}`, rounds + i, total);
    fits.push(await measureFit(basis, one, periodSeconds * 1000, plans));
  }
  const matmulGflops = median(matmul);
  const realtimeMs = benches.at(-1)?.ms ?? [];
  return {
    matmulGflops,
    periodMs: periodSeconds * 1000,
    results: benches.map((bench) => bench.result(matmulGflops)),
    fits,
    realtime: {
      medianMs: median(realtimeMs),
      p99Ms: quantile(realtimeMs, 0.99),
      periodMs: REALTIME_PERIOD_MS,
      fits: quantile(realtimeMs, 0.99) <= REALTIME_PERIOD_MS,
    },
  };
}

async function openSetting(folder: string, setting: Setting) {
  const { members } = setting.class;
  const basis = await cartPoleBasis(folder, {
    class: { name: 'ensemble', elites: members, ...setting.class },
  });
  const threads = setting === REALTIME ? 1 : THREADS;
  const { planner, particles } = setting;
  const session = await PlanSession.open(setupFor(basis, planner, { particles, threads }));
  const ms: number[] = [];
  return {
    ms,
    async run(): Promise<void> {
      for (let i = 0; i < setting.plans; i++) ms.push(await session.time());
    },
    result(matmulGflops: number): BenchResult {
      const gflop = gflopOfPlan(basis, planner, particles);
      const gflops = gflop === null ? null : gflop / (median(ms) / 1000);
      const share = gflops === null ? null : gflops / matmulGflops;
      return { name: setting.name, ms: median(ms), gflops, share };
    },
    close: () => session.close(),
  };
}
