import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
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
import { checked, integer, real } from './options';
import { counted, number, type Output } from './output';
import { type Progress, startProgress } from './progress';
import { withCore } from './with-core';

interface ImportFlags {
  name: string;
  time?: string;
  timeUnit: string;
  timeBits?: number;
  sampleRate?: number;
  observation: CsvColumn[];
  action: CsvColumn[];
  rate: number;
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
    .description('CSV logs with irregular time steps, resampled to a control period; gaps split episodes')
    .requiredOption('--name <rig>', 'what the rig is called in the workspace')
    .option('--time <column>', 'column with the time of the sample: a number, a date or a time of day')
    .option('--time-unit <unit>', Object.keys(TIME_UNITS).join(', '), 's')
    .option('--time-bits <n>', 'bits of a time counter that runs over', integer(8))
    .option('--sample-rate <hz>', 'samples a second of a file without a time', real(1e-6, 1e9))
    .requiredOption(`--observation <${COLUMN}>`, 'a column that is observed; again for each', collect)
    .requiredOption(`--action <${COLUMN}>`, 'a column that was commanded; again for each', collect)
    .option('--rate <hz>', 'rows a second after resampling', real(1e-3, 1e5), 100)
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
      const timeUnit: TimeUnit = checked(
        z.enum(Object.keys(TIME_UNITS) as TimeUnit[]),
        flags.timeUnit,
        'time-unit',
      );
      const report = await withCore(
        out.options,
        (core, stop) => importWatched(core, optionsOf(files, flags, timeUnit), stop),
        { beside: true },
      );
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
        out.line(
          `${counted(report.episodes.length, 'episode')} of ${flags.name} at ${number(flags.rate)} Hz.`,
        );
      });
    });
}

function optionsOf(files: string[], flags: ImportFlags, timeUnit: TimeUnit): CsvImportOptions {
  return {
    files,
    rig: flags.name,
    mapping: {
      time: flags.time,
      timeUnit,
      timeBits: flags.timeBits,
      sampleRate: flags.sampleRate,
      observations: flags.observation,
      actions: flags.action,
      episode: flags.episodeColumn,
      delimiter: flags.delimiter,
      headerLine: flags.headerLine,
      skipRows: flags.skipRows,
      decimal: flags.decimal,
    },
    periodSeconds: 1 / flags.rate,
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
