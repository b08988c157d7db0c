import { basename, resolve } from 'node:path';
import { ForesightError } from '../../shared/errors';
import type { CsvColumn } from '../formats/csv';
import { type DatasetReport, importDataset } from '../formats/import';
import { type DatasetPlan, planImport } from '../formats/import-plan';
import type { Dataset, DatasetCamera, DatasetHead, DatasetOptions } from '../formats/types';
import { counted, number, type Output } from './output';
import { startProgress } from './progress';
import { withCore } from './with-core';

interface DatasetFlags {
  name?: string;
  dryRun?: boolean;
  time?: string;
  episodeColumn?: string;
  observation?: CsvColumn[];
  action?: CsvColumn[];
  rate?: number;
  tag?: string[];
}

export function datasetOptions({ rate, time, episodeColumn }: DatasetFlags): DatasetOptions {
  return {
    ...(rate !== undefined && { periodSeconds: 1 / rate }),
    ...{ timeColumn: time, episodeColumn },
  };
}

/** An import is one transaction. */
export const whenImportStopped = (isDone: boolean) =>
  isDone
    ? 'It had been imported by then; "episode undo" takes it back.'
    : 'Nothing was imported. Import again when it is wanted.';

/** Imports a data set, or says what it would become. */
export async function importOne(
  out: Output,
  dataset: Dataset,
  files: readonly string[],
  flags: DatasetFlags,
): Promise<void> {
  const [file = ''] = files;
  const { head } = dataset;
  if (files.length > 1) {
    const what = `${basename(file)} is a data set (${head.format}), which is imported by itself.`;
    throw new ForesightError('wrong-use', what, 'Name one at a time.');
  }
  const options = {
    ...{ file: resolve(file), rig: flags.name, tags: flags.tag },
    ...{ observations: flags.observation, actions: flags.action },
  };
  if (flags.dryRun) return sayPlan(out, head, options);
  requireItsRate(head, flags.rate);
  // Before the workspace is opened: what cannot be imported leaves it as it is.
  planImport(head, options);
  const report = await withCore(
    out.options,
    async (core, signal) => {
      const progress = startProgress('rows', head.rows ?? 0);
      try {
        return await importDataset(core.log, dataset, options, {
          signal,
          onProgress: (done, total) => progress.update(done, total ?? done),
        });
      } finally {
        progress.finish();
      }
    },
    { beside: true, whenStopped: whenImportStopped },
  );
  out.result(report, () => sayReport(out, report, head));
}

function sayReport(out: Output, report: DatasetReport, { format }: DatasetHead): void {
  const { episodes, rows, cameras, remarks } = report;
  for (const remark of remarks) out.line(remark);
  const pictures = cameras.map((camera) => `, ${counted(camera.pictures, 'picture')} of ${camera.name}`);
  out.line(
    `${counted(episodes.length, 'episode')}, ${counted(rows, 'row')}${pictures.join('')} (${format}).`,
  );
}

/** Also where the file leaves something open: that is what a dry run is for. */
function sayPlan(out: Output, head: DatasetHead, options: Parameters<typeof planImport>[1]): void {
  let plan: DatasetPlan | undefined;
  let open: string | null = null;
  try {
    plan = planImport(head, options);
  } catch (thrown) {
    if (!(thrown instanceof ForesightError)) throw thrown;
    open = `${thrown.message} ${thrown.next}`;
  }
  const remarks = plan?.remarks ?? head.remarks;
  const taken = (column: string) =>
    [...(plan?.observations ?? []), ...(plan?.actions ?? [])].find((one) => one.column === column)?.channel;
  const columns = head.columns.map((one) => {
    const channel = taken(one.column);
    const kind = plan?.observations.some(({ column }) => column === one.column) ? 'observation' : 'action';
    return {
      column: one.column,
      as: channel ? kind : null,
      channel: channel?.name ?? null,
      unit: channel?.unit ?? one.unit,
    };
  });
  const { format, episodes, rows, periodSeconds, cameras } = head;
  const document = {
    format,
    rig: plan?.rig ?? head.rig,
    episodes,
    rows,
    periodSeconds,
    columns,
    cameras,
    remarks,
    open,
  };
  out.result(document, () => {
    const count = (n: number | null, what: string) =>
      n === null ? `${what}s: known when it has been read` : counted(n, what);
    const rate = periodSeconds === null ? 'rate: not known' : `${number(1 / periodSeconds)} rows a second`;
    out.line(`${format}: ${count(episodes, 'episode')}, ${count(rows, 'row')}, ${rate}`);
    out.table(
      ['column', 'becomes', 'channel', 'unit'],
      columns.map(({ column, as, channel, unit }) => [
        column,
        as ?? 'left out',
        channel ?? '',
        unit ?? 'not known',
      ]),
    );
    for (const camera of cameras) out.line(cameraLine(camera));
    for (const remark of remarks) out.line(remark);
    if (open !== null) out.line(open);
    out.line('Nothing was imported: this was a dry run.');
  });
}

/** "Pictures of side (observation.images.side) come along: 64 × 64, 20 a second." */
function cameraLine({ name, column, width, height, rate }: DatasetCamera): string {
  const often = rate === null ? 'one a row' : `${number(rate)} a second`;
  return `Pictures of ${name} (${column}) come along: ${width} × ${height}, ${often}.`;
}

/** Rows of a data set are steps, and they are not made anew at another rate. */
function requireItsRate({ periodSeconds, format }: DatasetHead, rate: number | undefined): void {
  if (rate === undefined || periodSeconds === null || Math.abs(rate * periodSeconds - 1) < 1e-3) return;
  throw new ForesightError(
    'wrong-use',
    `The file (${format}) has ${number(1 / periodSeconds)} rows a second, not ${rate}, and is not brought to another rate.`,
    'Leave --rate out.',
  );
}
