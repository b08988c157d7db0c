import { DEFAULT_PLANNER, PLANNER_OPTIONS, type PlannerName, PlannerOptions } from '../../shared/plan';
import type { PlanBenchReport } from '../bench/plan';
import type { PlanBasis } from '../bench/plan-model';
import type { PlanProfile } from '../bench/plan-profile';
import type { BenchReport } from '../bench/report';
import { number, type Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

export const PLANNER_NAMES: readonly PlannerName[] = PLANNER_OPTIONS.map(
  (options) => options.shape.method.value,
);

export interface PlanFlags {
  period: number;
  model?: string;
  planner?: PlannerName;
  plans: number;
  small: boolean;
  profile: boolean;
}

export async function benchPlanCommand(flags: PlanFlags, out: Output): Promise<void> {
  const own = flags.model === undefined ? undefined : await basisOf(flags.model, out);
  if (flags.profile) {
    const { profilePlan } = await import('../bench/plan-profile');
    const progress = startProgress('plans', flags.plans);
    const profile = await profilePlan({
      planner: PlannerOptions.parse({ method: flags.planner ?? DEFAULT_PLANNER }),
      ...{ periodSeconds: flags.period, plans: flags.plans, own },
      onPlan: (done) => progress.update(done, flags.plans),
    }).finally(() => progress.finish());
    out.result(profile, () => printProfile(out, profile));
    return;
  }
  const { benchPlan } = await import('../bench/plan');
  const progress = startProgress('measuring', 1);
  const report = await benchPlan({
    ...{ periodSeconds: flags.period, plans: flags.plans, small: flags.small, own },
    planners: flags.planner && [flags.planner],
    onPhase: (phase, done, total) => progress.update(done, total, phase),
  }).finally(() => progress.finish());
  out.result(report, () => printPlan(out, report));
}

/** A model of the workspace, with the task and the limits of the rig that it was learned on. */
function basisOf(name: string, out: Output): Promise<PlanBasis> {
  return withCore(out.options, async (core) => {
    const { planBounds } = await import('../plan/thread');
    const { readModel } = await import('../dynamics/model-file');
    const { multiplyAddsOf } = await import('../bench/plan-model');
    const record = await core.models.record(name);
    const { file } = await core.rig.load(record.rig);
    const modelFile = core.models.fileOf(record.hash);
    const multiplyAdds = multiplyAddsOf(await readModel(modelFile));
    return { modelFile, task: file.task, ...planBounds(file), multiplyAdds };
  });
}

export function printRates(out: Output, report: BenchReport): void {
  out.line(`Matrix product on this computer, two threads: ${number(report.matmulGflops)} GFLOP/s`);
  out.table(
    ['what', 'ms', 'GFLOP/s', 'share of matmul'],
    report.results.map((r) => [
      r.name,
      number(r.ms, 3),
      number(r.gflops, 3),
      r.share === null ? '–' : `${Math.round(100 * r.share)}%`,
    ]),
  );
}

function printPlan(out: Output, report: PlanBenchReport): void {
  const { periodMs, realtime } = report;
  out.line(`What fits into ${number(periodMs)} ms (p99), and what each planner's default takes`);
  out.table(
    ['planner', 'particles', 'horizon', 'fits', 'p99 ms', 'default', 'median ms', 'p99 ms'],
    report.fits.map((row) => {
      const sized = (size: number) =>
        row.of === 'iterations' ? `${size} iterations` : `${row.iterations} × ${size}`;
      return [
        row.planner,
        String(row.particles),
        String(row.horizon),
        row.fitsP99Ms > periodMs ? 'nothing' : sized(row.fits),
        number(row.fitsP99Ms, 3),
        sized(row.usual),
        number(row.usualMedianMs, 3),
        number(row.usualP99Ms, 3),
      ];
    }),
  );
  out.line();
  printRates(out, report);
  out.line();
  out.line(
    `Real-time setting: median ${number(realtime.medianMs, 3)} ms, p99 ${number(realtime.p99Ms, 3)} ms; ` +
      `${realtime.fits ? 'inside' : 'not inside'} ${realtime.periodMs} ms.`,
  );
}

function printProfile(out: Output, profile: PlanProfile): void {
  out.line(`${profile.planner}, ${profile.plans} plans, one every ${number(profile.periodMs)} ms`);
  out.table(
    ['part', 'median ms', 'p99 ms', 'share'],
    profile.parts.map((row) => [
      row.part,
      number(row.medianMs, 3),
      number(row.p99Ms, 3),
      `${Math.round(100 * row.share)}%`,
    ]),
  );
}
