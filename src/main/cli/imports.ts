import { basename } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type CsvColumn, columnOption, importCsvIntoLog, TIME_UNITS, type TimeUnit } from '../formats/csv';
import type { Log } from '../log/types';
import { checked, real } from './options';
import { number, type Output } from './output';
import { withCore } from './with-core';

interface ImportFlags {
  name: string;
  time: string;
  timeUnit: string;
  observation: CsvColumn[];
  action: CsvColumn[];
  rate: number;
  gap?: number;
  episodeColumn?: string;
  delimiter?: string;
  tag?: string[];
}

const collect = (text: string, before: CsvColumn[] = []) => [...before, columnOption(text)];
const COLUMN = '[name=]column[:unit[:angle]]';

export function importCommand(program: Command, output: () => Output): void {
  program
    .command('import <files...>')
    .description('CSV logs with irregular time steps, resampled to a control period; gaps split episodes')
    .requiredOption('--name <rig>', 'what the rig is called in the workspace')
    .requiredOption('--time <column>', 'column with the time of the sample')
    .option('--time-unit <unit>', Object.keys(TIME_UNITS).join(', '), 's')
    .requiredOption(`--observation <${COLUMN}>`, 'a column that is observed; again for each', collect)
    .requiredOption(`--action <${COLUMN}>`, 'a column that was commanded; again for each', collect)
    .option('--rate <hz>', 'rows a second after resampling', real(1e-3, 1e5), 100)
    .option('--gap <seconds>', 'a longer step begins a new episode; five periods when left out', real(0, 1e6))
    .option('--episode-column <column>', 'column that numbers the episodes')
    .option('--delimiter <character>', 'field separator; found out from the header when left out')
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
        (core, stop) => {
          const log: Pick<Log, 'addEpisodes'> = {
            // All of them or none: what was stopped while it was read is not added any more.
            addEpisodes: (episodes, what) => {
              stop.throwIfAborted();
              return core.log.addEpisodes(episodes, what);
            },
          };
          return importCsvIntoLog(log, {
            files,
            rig: flags.name,
            mapping: {
              time: flags.time,
              timeUnit,
              observations: flags.observation,
              actions: flags.action,
              episode: flags.episodeColumn,
              delimiter: flags.delimiter,
            },
            periodSeconds: 1 / flags.rate,
            gapSeconds: flags.gap,
            tags: flags.tag,
          });
        },
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
        out.line(`${report.episodes.length} episodes of ${flags.name} at ${number(flags.rate)} Hz.`);
      });
    });
}
