import { availableParallelism } from 'node:os';
import { asForesightError, type ErrorShape, ForesightError } from '../../shared/errors';
import type { TrainProgress } from '../../shared/model';
import type { ModelStudyFile, StudyUnit } from '../../shared/model-study';
import { DEFAULT_NICE } from '../jobs';
import type { Host, SpawnedProcess } from '../port';
import { UnitCache } from './cache';
import type { FromStudyProcess, ToStudyProcess } from './messages';
import { missingSource } from './sources';
import type { UnitOrder } from './unit';

/** More processes than this want more memory than a laptop has. */
const MAX_PROCESSES = 8;

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
  const workers = Math.min(
    pending.length,
    options.processes ?? Math.min(MAX_PROCESSES, availableParallelism()),
  );
  const work = async () => {
    const worker = new Worker(
      options.host,
      Math.max(1, Math.floor(availableParallelism() / workers)),
      signal,
    );
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
      worker.close();
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

/** A process that is started when first needed, and again after it died. */
class Worker {
  /** Did the newest process end without a word? */
  mute = false;
  private child: SpawnedProcess | undefined;

  constructor(
    private readonly host: Host,
    private readonly threads: number,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async do(order: UnitOrder, onTraining: (progress: TrainProgress) => void): Promise<StudyUnit> {
    if (this.signal?.aborted) throw cancelled();
    if (this.child === undefined) {
      this.child = await this.host.spawn('study-process', { label: 'The study process' });
      this.mute = true;
    }
    // An abort while the process started would have had nobody to hear it.
    if (this.signal?.aborted) throw cancelled();
    const child = this.child;
    const subscriptions: { dispose(): void }[] = [];
    const { signal } = this;
    let abort = () => {};
    try {
      return await new Promise<StudyUnit>((resolve, reject) => {
        abort = () => reject(cancelled());
        signal?.addEventListener('abort', abort, { once: true });
        subscriptions.push(
          child.onMessage((received) => {
            this.mute = false;
            const message = received as FromStudyProcess;
            if (message.type === 'progress') onTraining(message.progress);
            else if (message.type === 'done') resolve(message.unit);
            else reject(ForesightError.fromShape(message.error));
          }),
          child.onClose((reason) => {
            this.child = undefined;
            reject(
              new ForesightError(
                'internal',
                `${reason} Its work is lost.`,
                'Run the study again; what is done is kept.',
              ),
            );
          }),
        );
        child.post({
          type: 'unit',
          order,
          threads: this.threads,
          nice: DEFAULT_NICE,
        } satisfies ToStudyProcess);
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      for (const subscription of subscriptions) subscription.dispose();
    }
  }

  close(): void {
    this.child?.kill();
  }
}

function cancelled(): ForesightError {
  return new ForesightError(
    'cancelled',
    'The study was stopped.',
    'Run it again to go on: what was finished is kept.',
  );
}
