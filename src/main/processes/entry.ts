import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Programs of ours that run in a process or a worker thread of their own, and their source files. */
const ENTRIES = {
  cli: '../cli/index.ts',
  'core-process': '../core-process/index.ts',
  'rig-process': '../control/rig-process.ts',
  'rig-reading-process': '../inspection/rig-reading-process.ts',
  'firmware-process': '../simulated-device/firmware-process.ts',
  'train-process': '../jobs/train-process.ts',
  'learner-process': '../jobs/learner/learner-process.ts',
  'train-worker': '../dynamics/training/train-worker.ts',
  'surprise-worker': '../dynamics/surprise/surprise-worker.ts',
  'study-process': '../studies/model/study-process.ts',
  'control-study-process': '../studies/control/control-study-process.ts',
  'policy-study-process': '../studies/policy/policy-study-process.ts',
  'log-worker': '../log/log-worker.ts',
  'survey-worker': '../survey/survey-worker.ts',
  'sight-worker': '../jobs/sight/sight-worker.ts',
  'camera-worker': '../camera/thread/camera-worker.ts',
  'csv-worker': '../formats/csv/csv-worker.ts',
  'hdf5-process': '../formats/hdf5/hdf5-process.ts',
  'dataset-process': '../formats/aside/dataset-process.ts',
  'export-process': '../core/export/export-process.ts',
  'plan-worker': '../plan/thread/plan-worker.ts',
  'simulator-worker': '../plan/simulator/simulator-worker.ts',
  'session-worker': '../tensor/engines/session-worker.ts',
  'lane-worker': '../tensor/engines/lane-worker.ts',
  'bare-timer': '../control/bare-timer.ts',
  'check-process': '../tensor/engines/check-process.ts',
  'bench-process': '../bench/bench-process.ts',
} as const;
export type EntryName = keyof typeof ENTRIES;
export const ENTRY_NAMES = Object.keys(ENTRIES) as EntryName[];

/**
 * Those that go on all day while rows come in, and those that stand in for them in a benchmark. V8 would let what dies young
 * take 48 MB in each thread before it looks; little of theirs lives on, so a look at 4 MB costs as little.
 */
const ALL_DAY: ReadonlySet<EntryName> = new Set(['core-process', 'rig-process', 'bench-process']);
/** Of V8, in plain Node. */
const YOUNG = '--max-semi-space-size=4';
/** The loop does not wait for helpers that the system has not let run yet. */
const ALONE = '--no-parallel-scavenge';
/** The same for a thread, wherever it runs. */
export const ALL_DAY_LIMITS = { maxYoungGenerationSizeMb: 12 };

export interface EntryPoint {
  /** Absolute path of the file to start. */
  path: string;
  /** Node options it needs: none when built, the TypeScript loader when started from source. */
  execArgv: string[];
}

/** What else a program of ours in a process of plain Node is started with. */
export function nodeOptions(name: EntryName): string[] {
  return [...(ALL_DAY.has(name) ? [YOUNG] : []), ...(name === 'rig-process' ? [ALONE] : [])];
}

/**
 * Where a program of ours lies. Built, all entries are siblings in one folder (`out/main`), shared chunks one
 * level below; from source, they lie in their rooms and need a loader. A loader takes seconds of a processor in each
 * process: what runs from source may start the built ones, whose folder the variable FORESIGHT_ENTRIES has.
 */
export function entryPoint(name: EntryName): EntryPoint {
  const here = import.meta.url;
  if (here.endsWith('.ts')) {
    const { FORESIGHT_ENTRIES: built } = process.env;
    if (built) return { path: join(built, `${name}.js`), execArgv: [] };
    return {
      path: fileURLToPath(new URL(ENTRIES[name], here)),
      execArgv: ['--import', import.meta.resolve('tsx')],
    };
  }
  const folder = here.includes('/chunks/') ? '../' : './';
  return { path: fileURLToPath(new URL(`${folder}${name}.js`, here)), execArgv: [] };
}
