import { basename } from 'node:path';
import type { EpisodeColumns } from '../../../shared/episode';
import type { Log, NewEpisode, StagedEpisode, WholeEpisode } from '../../log/types';
import { giveUpStaged, refuseStoppedImport } from '../stopping';
import { checkedChannels } from './channels';
import { type EpisodeStart, type ImportPart, readParts } from './parts';
import { partsElsewhere } from './reading-thread';
import { type CsvFileReport, type CsvImportOptions, gapOf } from './types';

export interface CsvImportReport {
  /** Numbers of the new episodes. */
  episodes: number[];
  files: CsvFileReport[];
}

export interface ImportWatch {
  /** Stops it: nothing is added. */
  signal?: AbortSignal;
  /** Bytes that were read, of all files. */
  onProgress?(done: number, total: number): void;
}

/**
 * Reads files and adds their episodes to the log: all of them or, when anything is wrong or it is stopped, none. Rows go into the
 * log as they are read, in episodes that nobody sees before the last one is whole, so memory does not grow with the files.
 * @throws ForesightError bad-data (file, line, column), wrong-use, not-found, bad-file, cancelled
 */
export async function importCsvIntoLog(
  log: ImportLog,
  options: CsvImportOptions,
  { signal, onProgress }: ImportWatch = {},
): Promise<CsvImportReport> {
  const channels = checkedChannels(options);
  const staged = new Map<number, number>();
  const ended: StagedEpisode[] = [];
  const files: CsvFileReport[] = [];
  try {
    for await (const part of partsElsewhere(options)) {
      refuseStoppedImport(signal);
      if (part.kind === 'progress') onProgress?.(part.done, part.total);
      else if (part.kind === 'rows') {
        const path = options.files[files.length] ?? '';
        const id = staged.get(part.episode) ?? (await log.stageEpisode(newEpisode(path, options, channels)));
        staged.set(part.episode, id);
        await log.stageRows(id, part.firstRow, columnsOf(part, options.periodSeconds));
      } else {
        files.push(part.report);
        ended.push(
          ...part.episodes.map((episode) =>
            endOf(staged.get(episode.episode) ?? 0, episode, part.report, options),
          ),
        );
      }
    }
    refuseStoppedImport(signal);
    const ids = await log.commitStaged(ended, importWords(ended.length, files));
    return { episodes: ids, files };
  } catch (thrown) {
    await giveUpStaged(log, [...staged.values()]);
    throw thrown;
  }
}
type ImportLog = Pick<Log, 'stageEpisode' | 'stageRows' | 'commitStaged' | 'discardStaged'>;

/** Reads files and brings them to episodes in memory; touches no log. @throws as `importCsvIntoLog` */
export async function readCsvEpisodes(
  options: CsvImportOptions,
): Promise<{ episodes: WholeEpisode[]; files: CsvFileReport[] }> {
  const channels = checkedChannels(options);
  const rows = new Map<number, RowsPart[]>();
  const episodes: WholeEpisode[] = [];
  const files: CsvFileReport[] = [];
  for await (const part of readParts(options)) {
    if (part.kind === 'rows') rows.set(part.episode, [...(rows.get(part.episode) ?? []), part]);
    if (part.kind !== 'file') continue;
    files.push(part.report);
    for (const start of part.episodes) {
      const { id: _, ...end } = endOf(0, start, part.report, options);
      const columns = columnsOf(joined(rows.get(start.episode) ?? []), options.periodSeconds);
      episodes.push({ ...end, episode: newEpisode(part.report.file, options, channels), columns });
      rows.delete(start.episode);
    }
  }
  return { episodes, files };
}

type RowsPart = Extract<ImportPart, { kind: 'rows' }>;

function joined(parts: readonly RowsPart[]): Omit<RowsPart, 'kind' | 'episode'> {
  const all = (name: 'observations' | 'actions') => {
    const whole = new Float64Array(parts.reduce((sum, part) => sum + part[name].length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part[name], at);
      at += part[name].length;
    }
    return whole;
  };
  return {
    startSeconds: parts[0]?.startSeconds ?? 0,
    firstRow: 0,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    observations: all('observations'),
    actions: all('actions'),
  };
}

function columnsOf(
  { rows, firstRow, startSeconds, observations, actions }: Omit<RowsPart, 'kind' | 'episode'>,
  periodSeconds: number,
): EpisodeColumns {
  const hostSeconds = new Float64Array(rows).map((_, row) => (firstRow + row) * periodSeconds);
  return {
    rows,
    hostSeconds,
    deviceSeconds: hostSeconds.map((seconds) => startSeconds + seconds),
    observations,
    actions,
    requested: actions.slice(),
    reward: new Float64Array(rows).fill(Number.NaN),
    latenessSeconds: new Float64Array(rows),
    planMs: new Float64Array(rows).fill(Number.NaN),
    missed: new Float64Array(rows),
    predictions: new Array<undefined>(rows).fill(undefined),
  };
}

function newEpisode(
  file: string,
  options: CsvImportOptions,
  channels: Pick<NewEpisode, 'observations' | 'actions'>,
): NewEpisode {
  const { rig, mapping, periodSeconds, called } = options;
  return {
    rig,
    rigFile: {
      importedFrom: 'csv',
      file: called ?? file,
      mapping,
      periodSeconds,
      gapSeconds: gapOf(options),
    },
    source: 'import',
    periodSeconds,
    ...channels,
    run: null,
    seed: null,
  };
}

function endOf(
  id: number,
  { startSeconds, startedAt }: EpisodeStart,
  { file, remarks }: CsvFileReport,
  { tags = [] }: CsvImportOptions,
): StagedEpisode {
  const reason = `Imported from ${basename(file)}, from ${startSeconds} s on its clock.`;
  return { id, startedAt, terminated: false, reason, notes: remarks, tags };
}

/** How many files are named where an import is spoken of; a folder may hold thousands. */
const MAX_FILES_NAMED = 5;

function importWords(episodes: number, files: readonly CsvFileReport[]): string {
  const names = files.slice(0, MAX_FILES_NAMED).map(({ file }) => basename(file));
  const more = files.length - names.length;
  const from = names.join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `Imported ${episodes} episode${episodes === 1 ? '' : 's'} from ${from}`;
}
