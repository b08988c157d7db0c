import { dirname } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import type { ExportPlan, ExportReport } from '../../../shared/export';
import { removeUnfinished } from '../../files/write-whole';
import { heardOf } from '../../processes/heard';
import type { Host } from '../../processes/port';
import type { ExportJob, FromExportProcess } from './messages';

const LABEL = 'The process that exports episodes';
/** It stops between two blocks of rows; what has not answered by then is ended in the middle. */
const CANCEL_PATIENCE_MS = 2000;

const KNOWN: Record<FromExportProcess['type'], true> = {
  ...{ rows: true, planned: true, exported: true, failed: true },
};

interface Watch {
  onRows?: (done: number, total: number) => void;
  signal?: AbortSignal | undefined;
}

export interface Exported {
  plan: ExportPlan;
  exported: ExportReport;
}

/**
 * Has episodes written in a process of its own.
 * @param want "plan" says what would be written
 * @throws cancelled, and what the export throws; nothing is left of it then
 */
export async function exportAside<Want extends keyof Exported>(
  host: Pick<Host, 'spawn'>,
  want: Want,
  job: ExportJob,
  { onRows, signal }: Watch = {},
): Promise<Exported[Want]> {
  const child = await host.spawn('export-process', { label: LABEL });
  const gone = new Promise<string>((resolve) => child.onClose(resolve));
  let late: NodeJS.Timeout | undefined;
  let cancel = () => {};
  try {
    return await new Promise<Exported[Want]>((resolve, reject) => {
      child.onMessage((received) => {
        const message = heardOf<FromExportProcess>(KNOWN, received, LABEL);
        if (message?.type === 'rows') onRows?.(message.done, message.total);
        else if (message?.type === 'failed') reject(ForesightError.fromShape(message.error));
        else if (message?.type === 'planned' && want === 'plan') resolve(message.plan as Exported[Want]);
        else if (message?.type === 'exported' && want === 'exported')
          resolve(message.report as Exported[Want]);
      });
      gone.then((reason) => reject(signal?.aborted ? stopped() : died(reason)));
      cancel = () => {
        child.post({ type: 'cancel' });
        late ??= setTimeout(() => reject(stopped()), CANCEL_PATIENCE_MS);
      };
      signal?.addEventListener('abort', cancel);
      child.post({ type: 'export', ...job });
      if (signal?.aborted) cancel();
    });
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', cancel);
    child.kill();
    await gone;
    // Of one that was ended in the middle.
    if (job.path !== null && child.pid !== undefined) await removeUnfinished([dirname(job.path)], child.pid);
  }
}

const stopped = () =>
  new ForesightError('cancelled', 'The export was stopped.', 'Nothing is left of it. Export again.');

const died = (reason: string) =>
  new ForesightError(
    'internal',
    `${reason} Nothing was exported.`,
    'Export again; if it ends once more, free memory or export fewer episodes at a time.',
  );
