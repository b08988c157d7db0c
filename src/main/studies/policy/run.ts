import { asForesightError, type ErrorShape } from '../../../shared/errors';
import type { PolicyStudyFile, PolicyUnit } from '../../../shared/policy-study';
import { DEFAULT_NICE } from '../../jobs';
import type { Host } from '../../processes/port';
import { eachOrder, type StudyWorker } from '../common/worker';
import { PolicyCache } from './cache';
import type { PolicyOrder } from './unit';

export interface PolicyStudyRun {
  units: PolicyUnit[];
  failed: { variant: string; seed: number; error: ErrorShape }[];
}

export interface PolicyRunOptions {
  host: Host;
  /** Of the study's file, which rigs' paths are relative to. */
  folder: string;
  /** Where results are kept; a rerun goes on from there. */
  cacheFolder: string;
  fresh?: boolean;
  /** Processes side by side; one a core when left out. */
  processes?: number;
  signal?: AbortSignal;
  onProgress?(state: { done: number; total: number; title: string }): void;
}

/**
 * Every variant with every seed, each in a process. What was computed before is taken from the cache; what fails is told, and
 * the rest goes on.
 * @throws cancelled
 */
export async function runPolicyStudy(
  study: PolicyStudyFile,
  options: PolicyRunOptions,
): Promise<PolicyStudyRun> {
  const cache = new PolicyCache(options.cacheFolder);
  const run: PolicyStudyRun = { units: [], failed: [] };
  const orders = study.seeds.flatMap((seed) =>
    Object.keys(study.variants).map(
      (variant): PolicyOrder => ({ study, variant, seed, folder: options.folder }),
    ),
  );
  const pending: PolicyOrder[] = [];
  for (const order of orders) {
    const known = options.fresh ? undefined : await cache.get(order);
    if (known) run.units.push(known);
    else pending.push(order);
  }
  const report = (title: string) =>
    options.onProgress?.({ done: run.units.length + run.failed.length, total: orders.length, title });
  report('');
  const work = async (order: PolicyOrder, worker: StudyWorker<PolicyOrder, PolicyUnit, string>) => {
    const { variant, seed } = order;
    const title = `${variant}, seed ${seed}`;
    report(title);
    try {
      const unit = await worker.do(order, (words) => report(`${title}, ${words}`));
      await cache.put(order, unit);
      run.units.push(unit);
    } catch (thrown) {
      const error = asForesightError(thrown);
      // A process that cannot even start would fail them all, one after the other.
      if (error.code === 'cancelled' || worker.mute) throw error;
      run.failed.push({ variant, seed, error: error.toShape() });
    }
    report(title);
  };
  await eachOrder(pending, { ...options, entry: 'policy-study-process', nice: DEFAULT_NICE }, work);
  const place = ({ variant, seed }: { variant: string; seed: number }) =>
    orders.findIndex((one) => one.variant === variant && one.seed === seed);
  run.units.sort((a, b) => place(a) - place(b));
  run.failed.sort((a, b) => place(a) - place(b));
  return run;
}
