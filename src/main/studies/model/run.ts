import { asForesightError, type ErrorShape } from '../../../shared/errors';
import type { TrainProgress } from '../../../shared/model';
import type { ModelStudyFile, StudyUnit } from '../../../shared/model-study';
import { DEFAULT_NICE } from '../../jobs';
import type { Host } from '../../processes/port';
import { StudyWorker, sharesOf } from '../common/worker';
import { UnitCache } from './cache';
import { missingSource } from './sources';
import type { UnitOrder } from './unit';

export interface StudyRun {
  units: StudyUnit[];
  /** Sources that are not on this machine, with a sentence each. */
  leftOut: { source: string; reason: string }[];
  failed: { source: string; variant: string; seed: number; error: ErrorShape }[];
}

export interface StudyRunOptions {
  host: Host;
  /** Of the study's file, which paths are relative to. */
  folder: string;
  /** Where results are kept; a rerun goes on from there. */
  cacheFolder: string;
  /** Compute everything again. */
  fresh?: boolean;
  /** Processes side by side; one a core when left out. */
  processes?: number;
  signal?: AbortSignal;
  onProgress?(state: { done: number; total: number; title: string; training: TrainProgress | null }): void;
}

/**
 * Every variant on every source with every seed, in processes of one thread each: networks of this size gain less from a
 * second thread than from a second process. What was computed before is taken from the cache; what fails is told, and
 * the rest goes on.
 * @throws cancelled
 */
export async function runModelStudy(study: ModelStudyFile, options: StudyRunOptions): Promise<StudyRun> {
  const { folder, signal, onProgress } = options;
  const cache = new UnitCache(options.cacheFolder);
  const run: StudyRun = { units: [], leftOut: [], failed: [] };
  const orders: UnitOrder[] = [];
  for (const source of study.sources) {
    const missing = await missingSource(source, folder);
    if (missing !== undefined) run.leftOut.push({ source: source.name, reason: missing });
    else {
      for (const seed of study.seeds) {
        for (const variant of Object.keys(study.variants)) {
          orders.push({ study, source: source.name, variant, seed, folder });
        }
      }
    }
  }
  const pending: UnitOrder[] = [];
  for (const order of orders) {
    const known = options.fresh ? undefined : await cache.get(order);
    if (known) run.units.push(known);
    else pending.push(order);
  }
  const report = (order: UnitOrder | undefined, training: TrainProgress | null) =>
    onProgress?.({
      ...{ done: run.units.length + run.failed.length, total: orders.length, training },
      title: order ? titleOf(order) : '',
    });
  report(undefined, null);
  const { workers, threads } = sharesOf(pending.length, options.processes);
  const work = async () => {
    const worker = new StudyWorker<UnitOrder, StudyUnit, TrainProgress>({
      ...{ host: options.host, entry: 'study-process', threads, nice: DEFAULT_NICE, leaveMs: 0 },
      ...(signal && { signal }),
    });
    try {
      for (let order = pending.shift(); order; order = pending.shift()) {
        const current = order;
        report(current, null);
        try {
          const unit = await worker.do(current, (training) => report(current, training));
          await cache.put(current, unit);
          run.units.push(unit);
        } catch (thrown) {
          const error = asForesightError(thrown);
          // A process that cannot even start would fail them all, one after the other.
          if (error.code === 'cancelled' || worker.mute) throw error;
          const { source, variant, seed } = current;
          run.failed.push({ source, variant, seed, error: error.toShape() });
        }
        report(current, null);
      }
    } finally {
      await worker.close();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const place = ({ source, variant, seed }: Pick<UnitOrder, 'source' | 'variant' | 'seed'>) =>
    orders.findIndex((o) => o.source === source && o.variant === variant && o.seed === seed);
  run.units.sort((a, b) => place(a) - place(b));
  run.failed.sort((a, b) => place(a) - place(b));
  return run;
}

const titleOf = ({ source, variant, seed }: UnitOrder) => `${source}, ${variant}, seed ${seed}`;
