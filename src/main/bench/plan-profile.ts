import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PlannerOptions } from '../../shared/plan';
import { quantile } from '../../shared/statistics';
import { readModel } from '../dynamics/model-file';
import { type PlanRequest, startPlanner } from '../plan/thread';
import { cartPoleBasis, type PlanBasis, setupFor } from './plan-model';

export interface ProfileRow {
  part: string;
  medianMs: number;
  p99Ms: number;
  /** Share of the median of the whole. */
  share: number;
}
export interface PlanProfile {
  planner: string;
  periodMs: number;
  plans: number;
  parts: ProfileRow[];
}

/** What the parts of a plan are called, in the order in which they happen. */
const PARTS = {
  scheduling: 'scheduling: from the tick on schedule to asking',
  messages: 'messages: to the planning thread and back',
  start: 'start: carrying the observation to where the plan begins',
  method: 'planner: drawing candidates, updating the plan',
  feeds: 'feeds: arranging rows, random numbers',
  graph: 'graph: the rollouts themselves, copies in and out',
  scoring: 'scoring: what futures are worth',
  imagine: 'imagine: the plan through every member',
  rest: 'the rest of the planning thread',
} as const;
type Part = keyof typeof PARTS;

/**
 * Where the time of one planned action goes: plans asked for once a period, as in real time, so that the processor
 * has slept in between as it does there.
 */
export async function profilePlan({
  planner,
  periodSeconds,
  plans = 300,
  particles = 1,
  own,
  onPlan,
}: {
  planner: PlannerOptions;
  periodSeconds: number;
  plans?: number;
  particles?: number;
  own?: PlanBasis;
  onPlan?(done: number): void;
}): Promise<PlanProfile> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-bench-'));
  const taken = new Map<Part | 'whole', number[]>();
  const add = (part: Part | 'whole', ms: number) => {
    const known = taken.get(part);
    if (known) known.push(ms);
    else taken.set(part, [ms]);
  };
  try {
    const basis = own ?? (await cartPoleBasis(folder, {}));
    const thread = await startPlanner(setupFor(basis, planner, { particles }));
    try {
      const observation = new Array<number>(await observationsOf(basis.modelFile)).fill(0);
      let due = performance.now() + periodSeconds * 1000;
      for (let step = 0; step < plans; step++) {
        await delay(Math.max(0, due - performance.now()));
        const asked = performance.now();
        const late = Math.max(0, asked - due);
        const request: PlanRequest = {
          ...{ id: step, observation, observedStep: step, pending: [basis.holdAction] },
          ...{ fresh: step === 0, draw: true },
        };
        const { planMs, parts } = await thread.plan(request);
        const trip = performance.now() - asked;
        const within = Object.entries(parts ?? {}) as [Part, number][];
        const told = within.reduce((sum, [, ms]) => sum + ms, 0);
        add('scheduling', late);
        add('messages', trip - planMs);
        for (const [part, ms] of within) add(part, ms);
        add('rest', Math.max(0, planMs - told));
        add('whole', late + trip);
        onPlan?.(step + 1);
        // Periods that are over already are skipped, as the loop does.
        due +=
          periodSeconds *
          1000 *
          (1 + Math.max(0, Math.floor((performance.now() - due) / (periodSeconds * 1000))));
      }
    } finally {
      await thread.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const whole = taken.get('whole') ?? [];
  const row = (part: string, ms: number[]): ProfileRow => ({
    part,
    medianMs: quantile(ms, 0.5),
    p99Ms: quantile(ms, 0.99),
    share: quantile(ms, 0.5) / quantile(whole, 0.5),
  });
  const names = (Object.keys(PARTS) as Part[]).filter((part) => taken.has(part));
  return {
    planner: planner.method,
    periodMs: periodSeconds * 1000,
    plans,
    parts: [...names.map((part) => row(PARTS[part], taken.get(part) ?? [])), row('the whole', whole)],
  };
}

async function observationsOf(modelFile: string): Promise<number> {
  return (await readModel(modelFile)).summary.observations.length;
}
