import { access, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlStudyFile, ControlUnit } from '../../../shared/control-study';
import { asForesightError, type ErrorShape } from '../../../shared/errors';
import type { Host } from '../../processes/port';
import { eachOrder, type StudyWorker } from '../common/worker';
import { ControlCache } from './cache';
import type { ControlOrder } from './messages';

type ControlWorker = StudyWorker<ControlOrder, ControlUnit | null, string>;

export interface ControlStudyRun {
  units: ControlUnit[];
  failed: { variant: string; seed: number; error: ErrorShape }[];
}

export interface ControlRunOptions {
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
 * Every variant with every seed, in processes with a core and a workspace of their own; where fixed models are wanted,
 * every seed's recording first. What was computed before is taken from the cache; what fails is told, and the rest goes
 * on. Units that fill a wall time run alone.
 * @throws cancelled
 */
export async function runControlStudy(
  study: ControlStudyFile,
  options: ControlRunOptions,
): Promise<ControlStudyRun> {
  const cache = new ControlCache(options.cacheFolder);
  const run: ControlStudyRun = { units: [], failed: [] };
  const { protocol, seeds } = study;
  const variants = Object.keys(study.variants);
  const order = (variant: string | null, seed: number): ControlOrder => ({
    ...{ study, variant, seed, folder: options.folder, workspace: '' },
  });
  const orders = seeds.flatMap((seed) => variants.map((variant) => order(variant, seed)));
  const pending: ControlOrder[] = [];
  for (const one of orders) {
    const known = options.fresh ? undefined : await cache.get(one);
    if (known) run.units.push(known);
    else pending.push({ ...one, workspace: `${await cache.path(one)}.work` });
  }
  const report = (title: string) =>
    options.onProgress?.({ done: run.units.length + run.failed.length, total: orders.length, title });
  report('');
  const fail = ({ variant, seed }: ControlOrder, thrown: unknown) => {
    const error = asForesightError(thrown);
    if (error.code === 'cancelled') throw error;
    run.failed.push({ variant: variant ?? 'recording', seed, error: error.toShape() });
  };

  const each = (
    work: readonly ControlOrder[],
    processes: number | undefined,
    does: (order: ControlOrder, worker: ControlWorker) => Promise<void>,
  ) => eachOrder(work, { ...options, processes, entry: 'control-study-process' }, does);

  if (protocol.kind === 'fixed-model') {
    const recordings: ControlOrder[] = [];
    for (const seed of new Set(pending.map((one) => one.seed))) {
      const one = order(null, seed);
      const done = await cache.path(one);
      for (const unit of pending) if (unit.seed === seed) unit.prepared = done;
      const there = !options.fresh && (await exists(join(done, 'models.json')));
      if (!there) recordings.push({ ...one, workspace: `${done}.work` });
    }
    const broken = new Map<number, unknown>();
    await each(recordings, options.processes, async (one, worker) => {
      try {
        await worker.do(one, (words) => report(`seed ${one.seed}, recording, ${words}`));
        const done = await cache.path(one);
        await rm(done, { recursive: true, force: true });
        await rename(one.workspace, done);
      } catch (thrown) {
        if (asForesightError(thrown).code === 'cancelled') throw thrown;
        broken.set(one.seed, thrown);
      }
    });
    for (const [seed, thrown] of broken) {
      for (const unit of pending.filter((one) => one.seed === seed)) fail(unit, thrown);
    }
    pending.splice(0, pending.length, ...pending.filter((one) => !broken.has(one.seed)));
  }

  const alone = protocol.kind === 'fixed-model' && protocol.periodMs !== undefined;
  // Every seed of a variant plans with the size that the first one found.
  const sizeOf = ({ variant }: ControlOrder) =>
    alone
      ? run.units.find((unit) => unit.variant === variant)?.evaluations.find((row) => row.size !== null)?.size
      : undefined;
  await each(pending, alone ? 1 : options.processes, async (pendingOne, worker) => {
    const size = sizeOf(pendingOne);
    const one = typeof size === 'number' ? { ...pendingOne, size } : pendingOne;
    const title = `${one.variant}, seed ${one.seed}`;
    report(title);
    try {
      const unit = await worker.do(one, (words) => report(`${title}, ${words}`));
      if (unit) {
        await cache.put(one, unit);
        run.units.push(unit);
      }
    } catch (thrown) {
      fail(one, thrown);
    }
    report(title);
  });
  const place = ({ variant, seed }: { variant: string; seed: number }) =>
    orders.findIndex((one) => one.variant === variant && one.seed === seed);
  run.units.sort((a, b) => place(a) - place(b));
  run.failed.sort((a, b) => place(a) - place(b));
  return run;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
