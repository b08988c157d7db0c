import { basename, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ForesightError } from '../../shared/errors';
import type { Core } from '../core';
import {
  type CsvColumn,
  type CsvImportOptions,
  type CsvImportReport,
  columnOption,
  DECIMAL_SIGNS,
  type DecimalSign,
  importCsvIntoLog,
  TIME_UNITS,
  type TimeUnit,
} from '../formats/csv';
import { openDataset } from '../formats/readers';
import { hostHere } from '../processes/here-host';
import { datasetOptions, importOne, whenImportStopped } from './import-dataset';
import { checked, integer, real } from './options';
import { counted, number, type Output } from './output';
import { type Progress, startProgress } from './progress';
import { withCore } from './with-core';

export interface ImportFlags {
  name?: string;
  dryRun?: boolean;
  time?: string;
  timeUnit: string;
  timeBits?: number;
  sampleRate?: number;
  observation?: CsvColumn[];
  action?: CsvColumn[];
  rate?: number;
  gap?: number;
  episodeColumn?: string;
  delimiter?: string;
  headerLine?: number;
  skipRows?: number;
  decimal?: DecimalSign;
  tag?: string[];
}

const collect = (text: string, before: CsvColumn[] = []) => [...before, columnOption(text)];
const COLUMN = '[name=]column[:unit[:angle]]';

export function importCommand(program: Command, output: () => Output): void {
  program
    .command('import <files...>')
    .description(
      'a data set of Foresight or of other software, found by its content; or CSV logs with irregular time steps, resampled to a control period, where gaps split episodes',
    )
    .option('--name <rig>', 'what the rig is called in the workspace; a data set may say it itself')
    .option('--dry-run', 'says what a data set would become and what of it is not read; imports nothing')
    .option('--time <column>', 'column with the time of the sample: a number, a date or a time of day')
    .option('--time-unit <unit>', Object.keys(TIME_UNITS).join(', '), 's')
    .option('--time-bits <n>', 'bits of a time counter that runs over', integer(8))
    .option('--sample-rate <hz>', 'samples a second of a file without a time', real(1e-6, 1e9))
    .option(`--observation <${COLUMN}>`, 'a column that is observed; again for each', collect)
    .option(`--action <${COLUMN}>`, 'a column that was commanded; again for each', collect)
    .option(
      '--rate <hz>',
      'rows a second: of CSV after resampling (100), else where a file does not say',
      real(1e-3, 1e5),
    )
    .option('--gap <seconds>', 'a longer step begins a new episode; five periods when left out', real(0, 1e6))
    .option('--episode-column <column>', 'column that numbers the episodes')
    .option('--delimiter <character>', 'field separator, "space" or "tab"; found out when left out')
    .option(
      '--header-line <n>',
      'line with the names of the columns, 0 for none; found out when left out',
      integer(0),
    )
    .option(
      '--skip-rows <n>',
      'lines after the names without samples, such as units; found out when left out',
      integer(0),
    )
    .addOption(
      new Option('--decimal <sign>', 'what stands before the fraction; found out when left out').choices(
        DECIMAL_SIGNS,
      ),
    )
    .option('--tag <tag...>', 'tags of the new episodes')
    .action(async (files: string[], flags: ImportFlags) => {
      const out = output();
      const [file = ''] = files;
      const dataset = await openDataset(resolve(file), datasetOptions(flags), hostHere());
      if (dataset === undefined) return importCsv(out, files, flags);
      try {
        await importOne(out, dataset, files, flags);
      } finally {
        await dataset.close();
      }
    });
}

async function importCsv(out: Output, files: string[], flags: ImportFlags): Promise<void> {
  const timeUnit: TimeUnit = checked(
    z.enum(Object.keys(TIME_UNITS) as TimeUnit[]),
    flags.timeUnit,
    'time-unit',
  );
  const options = optionsOf(files, flags, timeUnit);
  const report = await withCore(out.options, (core, stop) => importWatched(core, options, stop), {
    beside: true,
    whenStopped: whenImportStopped,
  });
  out.result(report, () => {
    out.table(
      ['file', 'samples', 'episodes', 'rows', 'gaps', 'left out'],
      report.files.map((f) => [
        basename(f.file),
        String(f.samples),
        String(f.episodes),
        String(f.rows),
        String(f.gaps),
        String(f.samplesLeftOut),
      ]),
    );
    for (const { file, remarks } of report.files) {
      for (const remark of remarks) out.line(`${basename(file)}: ${remark}`);
    }
    const rate = number(1 / options.periodSeconds);
    out.line(`${counted(report.episodes.length, 'episode')} of ${options.rig} at ${rate} Hz.`);
  });
}

/** What a CSV file never says itself. */
function said<T>(value: T | undefined, option: string): T {
  if (value !== undefined) return value;
  throw new ForesightError(
    'wrong-use',
    `A CSV file does not say what ${option} says.`,
    `Add ${option}; --help tells how.`,
  );
}

function optionsOf(files: string[], flags: ImportFlags, timeUnit: TimeUnit): CsvImportOptions {
  if (flags.dryRun) {
    throw new ForesightError(
      'wrong-use',
      'A CSV file is only known when it has been read, so there is no dry run of it.',
      'Import it without --dry-run; "episode undo" takes it back.',
    );
  }
  return {
    files,
    rig: said(flags.name, '--name'),
    mapping: {
      time: flags.time,
      timeUnit,
      timeBits: flags.timeBits,
      sampleRate: flags.sampleRate,
      observations: said(flags.observation, '--observation'),
      actions: said(flags.action, '--action'),
      episode: flags.episodeColumn,
      delimiter: flags.delimiter,
      headerLine: flags.headerLine,
      skipRows: flags.skipRows,
      decimal: flags.decimal,
    },
    periodSeconds: 1 / (flags.rate ?? 100),
    gapSeconds: flags.gap,
    tags: flags.tag,
  };
}

/** Files of so many bytes take long enough to be waited for with a look at how far they are. */
const SHOWN_BYTES = 20e6;

async function importWatched(
  core: Core,
  options: CsvImportOptions,
  signal: AbortSignal,
): Promise<CsvImportReport> {
  let progress: Progress | undefined;
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  try {
    const report = await importCsvIntoLog(core.log, options, {
      signal,
      onProgress: (done, total) => {
        if (total < SHOWN_BYTES) return;
        progress ??= startProgress('megabytes', megabytes(total));
        progress.update(megabytes(done), megabytes(total));
      },
    });
    // So that the first look at a long episode is as quick as the next.
    for (const id of report.episodes)
      for await (const _ of core.episodes.prepare(id)) if (signal.aborted) break;
    return report;
  } finally {
    progress?.finish();
  }
}
