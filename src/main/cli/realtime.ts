import { ForesightError } from '../../shared/errors';
import type { ModelSummary } from '../../shared/model';
import { quantile } from '../../shared/statistics';
import type { StudyFile } from '../../shared/study';
import { measureBareTimer } from '../control/bare-timer-client';
import type { Core } from '../core';
import type { EpisodeOutcome } from '../core/conductor';
import { hostHere } from '../processes/here-host';
import { requireWhole } from './cut-short';
import { number, type Output } from './output';

interface Jitter {
  /** Tick lateness of the control loop, ms, and of a bare timer with the same period at the same time. */
  loopP50Ms: number;
  loopP99Ms: number;
  bareTimerP50Ms: number;
  bareTimerP99Ms: number;
  /** loopP99Ms / bareTimerP99Ms; the bar is 1.3. */
  ratio: number;
  /** Plans that came late, of how many; the first plan of an episode is not yet the steady state. */
  missed: number;
  plans: number;
  planMsP99: number;
  return: number;
}

export interface RealtimeReport {
  periodMs: number;
  alone: Jitter;
  whileTraining: Jitter;
}

/** Episodes that each of the two measurements runs. */
const EPISODES = 3;

/**
 * Runs the solved task a few more times, once alone and once while a training goes on beside it and a window is open,
 * and compares the loop's jitter with a bare timer's that ticks in a process of its own at the same time.
 */
export async function measureRealtime(
  core: Core,
  study: StudyFile,
  model: ModelSummary,
): Promise<RealtimeReport> {
  const { rig } = core.rig.require();
  const period = rig.file.periodSeconds;
  const alone = await measure(core, study, model, period);
  const training = await core.models.trainings.train({
    name: 'beside-the-run',
    episodes: model.episodes,
    options: { ...model.options, epochs: 100_000, patience: 100_000, holdOut: 0 },
    last: 0,
  });
  const window = openWindow(core);
  try {
    return { periodMs: period * 1000, alone, whileTraining: await measure(core, study, model, period) };
  } finally {
    await window.close();
    training.cancel();
    await training.done.catch(() => undefined);
  }
}

/** Reads the live view as an open window does: with it, plans are drawn as well. */
function openWindow(core: Core): { close(): Promise<void> } {
  const closing = new AbortController();
  const reading = (async () => {
    for await (const batch of core.telemetry.stream(closing.signal)) JSON.stringify(batch);
  })().catch((error: unknown) => {
    if (!closing.signal.aborted) throw error;
  });
  return {
    close: () => {
      closing.abort();
      return reading;
    },
  };
}

async function measure(core: Core, study: StudyFile, model: ModelSummary, period: number): Promise<Jitter> {
  const bareTimer = await measureBareTimer(hostHere(), period);
  let bare: Awaited<ReturnType<typeof bareTimer.report>>;
  let outcomes: EpisodeOutcome[];
  try {
    outcomes = await core.activity.run({
      model: model.hash,
      planner: study.planner,
      propagation: study.propagation,
      task: study.task,
      episodes: EPISODES,
      seed: 1,
    });
    bare = await bareTimer.report();
    await requireWhole(core, 'The measurement', outcomes);
  } finally {
    bareTimer.stop();
  }
  if (!bare) throw new ForesightError('internal', 'The reference timer never ticked.', 'Measure again.');
  // Distances, as the bare timer's are: its ticks come early as well.
  const lateness = outcomes.flatMap((o) => o.latenessMs.map(Math.abs));
  const planMs = outcomes.flatMap((o) => o.planMs);
  return {
    loopP50Ms: quantile(lateness, 0.5),
    loopP99Ms: quantile(lateness, 0.99),
    bareTimerP50Ms: bare.p50,
    bareTimerP99Ms: bare.p99,
    ratio: quantile(lateness, 0.99) / bare.p99,
    missed: outcomes.reduce((sum, o) => sum + o.summary.missedPlans, 0),
    plans: planMs.length,
    planMsP99: quantile(planMs, 0.99),
    return: outcomes.reduce((sum, o) => sum + o.return, 0) / outcomes.length,
  };
}

export function printRealtime(out: Output, report: RealtimeReport): void {
  const row = (name: string, j: Jitter) => [
    name,
    number(j.loopP99Ms, 3),
    number(j.bareTimerP99Ms, 3),
    number(j.ratio, 3),
    `${j.missed}`,
    `${j.plans}`,
    number(j.planMsP99, 3),
    number(j.return),
  ];
  out.line();
  out.line(`Real time at ${number(1000 / report.periodMs)} Hz; lateness of a tick in ms`);
  out.table(
    ['', 'loop p99', 'bare timer p99', 'ratio', 'missed', 'plans', 'plan ms p99', 'return'],
    [row('alone', report.alone), row('with training, window', report.whileTraining)],
  );
}
