import { resolve } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { type Core, createCore } from '../core';
import { version } from '../installation/version';
import { defaultWorkspace } from '../installation/workspace-folder';
import { openLog } from '../log';
import type { Log } from '../log/types';
import { hostHere } from '../processes/here-host';
import type { GlobalOptions } from './output';

export function workspaceOf(options: GlobalOptions): string {
  return resolve(options.data ?? defaultWorkspace());
}

/**
 * Runs a command on a core in this process. Ctrl-C (and SIGTERM) is the e-stop: the rig holds, the episode is kept
 * as interrupted, the workspace is closed, and the command fails; a second one ends at once.
 */
export async function withCore<T>(options: GlobalOptions, work: (core: Core) => Promise<T>): Promise<T> {
  const core = await createCore({
    folder: workspaceOf(options),
    host: hostHere(),
    hostKind: 'node',
    version,
  });
  let stopped: ForesightError | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopped) process.exit(1);
    const by = signal === 'SIGINT' ? 'Ctrl-C' : signal;
    // The rig first; what else has to end can wait.
    core.rig.stop(by).catch((error: Error) => process.stderr.write(`foresight: ${error.message}\n`));
    stopped = new ForesightError(
      'stopped',
      `Stopped by ${by}: the rig was brought to hold.`,
      'What was recorded is in the workspace.',
    );
    core.activity.finish();
    core.models.cancelAll();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const result = await work(core);
    if (stopped) throw stopped;
    return result;
  } catch (error) {
    throw stopped ?? error;
  } finally {
    await core.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** Reads the log beside whoever is recording into it. */
export async function withReader<T>(options: GlobalOptions, work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openLog(workspaceOf(options), { readonly: true });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}
