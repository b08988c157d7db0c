import { basename } from 'node:path';
import type { ChannelInfo, EpisodeColumns } from '../../../shared/episode';
import type { ForesightError } from '../../../shared/errors';
import { channelName } from '../../../shared/rig';
import { openForeign } from '../../foreign/read';
import type { Log, WholeEpisode } from '../../log/types';
import { doubtsAbout, usualStep } from './doubts';
import { readCsv } from './read';
import { type Resampled, resample, splitAtGaps } from './resample';
import { badCsv, wrongImport } from './sentences';
import { MAX_NUMBERS } from './table';
import type { CsvColumn, CsvMapping, CsvTable } from './types';

export interface CsvImportOptions {
  files: string[];
  /** What the rig is called in the log: lower-case letters, digits and hyphens. */
  rig: string;
  mapping: CsvMapping;
  /** Control period that the samples are brought to. */
  periodSeconds: number;
  /** Longer steps between two samples start a new episode; five periods unless given. */
  gapSeconds?: number;
  tags?: string[];
}

/** What became of one file. */
export interface CsvFileReport {
  file: string;
  samples: number;
  episodes: number;
  /** Rows over all its episodes; an episode has one transition less than rows. */
  rows: number;
  /** Steps longer than `gapSeconds`. */
  gaps: number;
  /** Pieces between two gaps that are shorter than one period, and the samples in them, which were left out. */
  tooShort: number;
  samplesLeftOut: number;
  /** What was passed over, made up or is not known; kept as notes of its episodes. */
  remarks: string[];
}

export interface CsvImportReport {
  /** Numbers of the new episodes. */
  episodes: number[];
  files: CsvFileReport[];
}

/**
 * Reads files and brings them to episodes; touches no log.
 * @throws ForesightError bad-data (file, line, column), wrong-use, not-found
 */
export async function readCsvEpisodes(
  options: CsvImportOptions,
): Promise<{ episodes: WholeEpisode[]; files: CsvFileReport[] }> {
  const channels = checkedChannels(options);
  const episodes: WholeEpisode[] = [];
  const files: CsvFileReport[] = [];
  for (const path of options.files) {
    const { table, modifiedAt } = await readFile(path, options.mapping);
    const { report, pieces } = episodesOf(table, options);
    const endSeconds = table.time[table.samples - 1] ?? 0;
    const remarks = [...report.remarks, ...(isSince1970(endSeconds) ? [] : [BEGAN_UNKNOWN])];
    files.push({ ...report, file: path, remarks });
    for (const piece of pieces) {
      episodes.push({
        episode: {
          rig: options.rig,
          rigFile: { importedFrom: 'csv', file: path, ...settings(options) },
          source: 'import',
          periodSeconds: options.periodSeconds,
          ...channels,
          run: null,
          seed: null,
        },
        startedAt: startedAt(piece.startSeconds, endSeconds, modifiedAt),
        columns: columnsOf(piece, options.periodSeconds),
        terminated: false,
        reason: `Imported from ${basename(path)}, from ${piece.startSeconds} s on its clock.`,
        notes: remarks,
        tags: options.tags ?? [],
      });
    }
  }
  return { episodes, files };
}

/** Reads files and adds their episodes to the log: all of them or, when anything is wrong, none. */
export async function importCsvIntoLog(
  log: Pick<Log, 'addEpisodes'>,
  options: CsvImportOptions,
): Promise<CsvImportReport> {
  const { episodes, files } = await readCsvEpisodes(options);
  const from = fewOf(files.map(({ file }) => basename(file)));
  const what = `Imported ${episodes.length} episode${episodes.length === 1 ? '' : 's'} from ${from}`;
  return { episodes: await log.addEpisodes(episodes, what), files };
}

/** How many files are named where an import is spoken of; a folder may hold thousands. */
const MAX_FILES_NAMED = 5;

function fewOf(names: readonly string[]): string {
  const more = names.length - MAX_FILES_NAMED;
  return names.slice(0, MAX_FILES_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

async function readFile(path: string, mapping: CsvMapping): Promise<{ table: CsvTable; modifiedAt: number }> {
  const { handle } = await openForeign(path, CSV_FILE);
  try {
    const { mtimeMs } = await handle.stat();
    const source = handle.createReadStream({ autoClose: false });
    return { table: await readCsv(source, basename(path), mapping), modifiedAt: mtimeMs };
  } finally {
    await handle.close();
  }
}

const CSV_FILE = {
  what: 'a CSV file',
  most: 64 * 2 ** 30,
  next: 'Check its name and that you may read it. Nothing was imported.',
};

function gapOf({ gapSeconds, periodSeconds }: CsvImportOptions): number {
  return gapSeconds ?? 5 * periodSeconds;
}

function settings(options: CsvImportOptions) {
  const { mapping, periodSeconds } = options;
  return { mapping, periodSeconds, gapSeconds: gapOf(options) };
}

function episodesOf(
  table: CsvTable,
  options: CsvImportOptions,
): { report: CsvFileReport; pieces: Resampled[] } {
  const { periodSeconds, mapping } = options;
  const gapSeconds = gapOf(options);
  const { segments, gaps } = splitAtGaps(table, gapSeconds);
  const angles = mapping.observations.map(({ angle }) => angle === true);
  requireRoom(table, segments, periodSeconds);
  const pieces: Resampled[] = [];
  let samplesLeftOut = 0;
  for (const segment of segments) {
    const piece = resample(table, segment, { periodSeconds, angles });
    if (piece === undefined) samplesLeftOut += segment.to - segment.from;
    else pieces.push(piece);
  }
  if (pieces.length === 0) throw nothingLeft(table, periodSeconds, gapSeconds);
  const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
  const { observations } = mapping;
  const report = {
    file: table.file,
    samples: table.samples,
    episodes: pieces.length,
    rows,
    gaps,
    tooShort: segments.length - pieces.length,
    samplesLeftOut,
    remarks: [...table.remarks, ...doubtsAbout(table, segments, { periodSeconds, rows, observations })],
  };
  return { report, pieces };
}

/** A period far finer than the log could make a thousand million rows of two samples. */
function requireRoom(
  { time, columns, file }: CsvTable,
  segments: readonly { from: number; to: number }[],
  periodSeconds: number,
): void {
  const seconds = segments.reduce((sum, { from, to }) => sum + (time[to - 1] ?? 0) - (time[from] ?? 0), 0);
  const rows = Math.ceil(seconds / periodSeconds);
  if (rows * (columns.length + 1) <= MAX_NUMBERS) return;
  throw badCsv(
    file,
    {},
    `would become ${rows} rows at a period of ${periodSeconds} s, more than the ${MAX_NUMBERS} numbers that one file may hold`,
    'Choose a longer period (--rate), check the unit of the time, or import it in parts. Nothing was imported.',
  );
}

function nothingLeft(table: CsvTable, periodSeconds: number, gapSeconds: number): ForesightError {
  const median = usualStep(table.time, [{ from: 0, to: table.samples }]);
  return badCsv(
    table.file,
    {},
    `has no two samples within ${gapSeconds} s that span a period of ${periodSeconds} s; its usual step is ${Number((median || 0).toPrecision(3))} s`,
    'Choose a period near the usual step, or a longer gap, and check the unit of the time. Nothing was imported.',
  );
}

/**
 * Unix time in ms. A clock that counts seconds since 1970 says it itself; otherwise the file's last change is taken
 * for the moment of its last sample.
 */
function startedAt(startSeconds: number, endSeconds: number, modifiedAt: number): number {
  return isSince1970(startSeconds) ? startSeconds * 1000 : modifiedAt - (endSeconds - startSeconds) * 1000;
}

const isSince1970 = (seconds: number) => seconds > 1e9 && seconds < 1e10;

const BEGAN_UNKNOWN =
  "When it was recorded does not stand in the file: the file's last change was taken for its last sample.";

function columnsOf(piece: Resampled, periodSeconds: number): EpisodeColumns {
  const { rows, observations, actions, startSeconds } = piece;
  const hostSeconds = new Float64Array(rows).map((_, row) => row * periodSeconds);
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

function checkedChannels(options: CsvImportOptions): { observations: ChannelInfo[]; actions: ChannelInfo[] } {
  const { mapping, rig, files, periodSeconds } = options;
  const need = (ok: boolean, what: string, next: string) => {
    if (!ok) throw wrongImport(what, next);
  };
  need(files.length > 0, 'No file to import was given.', 'Name one or more CSV files.');
  need(
    /^[a-z0-9][a-z0-9-]*$/.test(rig),
    `"${rig}" cannot be the name of a rig.`,
    'Use lower-case letters, digits and hyphens.',
  );
  need(
    periodSeconds > 0 && periodSeconds <= 10,
    `A period of ${periodSeconds} s is not possible.`,
    'Give seconds, more than 0 and at most 10.',
  );
  const gapSeconds = gapOf(options);
  need(
    gapSeconds > 0 && !Number.isNaN(gapSeconds),
    `A gap of ${gapSeconds} s is not possible.`,
    'Give seconds, more than 0.',
  );
  need(
    (mapping.time === undefined) !== (mapping.sampleRate === undefined),
    mapping.time === undefined
      ? 'Nothing says when the samples were taken.'
      : 'Two things say when the samples were taken.',
    'Name the column with the time (--time) or, for a file without one, its samples a second (--sample-rate).',
  );
  need(
    mapping.observations.length > 0,
    'No column is an observation.',
    'Name at least one observation column.',
  );
  need(mapping.actions.length > 0, 'No column is an action.', 'Name at least one action column.');
  const observations = mapping.observations.map(channelOf);
  const actions = mapping.actions.map(channelOf);
  const names = [...observations, ...actions].map((channel) => channel.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  need(
    twice === undefined,
    `Two columns would both be the channel "${twice}".`,
    'Name one of them: name=header:unit.',
  );
  for (const { name, angle, unit } of observations) {
    need(
      !angle || unit === 'rad',
      `The angle "${name}" is in ${unit}, not in rad.`,
      'Give its unit as rad or deg.',
    );
  }
  const turning = actions.find((channel) => channel.angle);
  need(
    turning === undefined,
    `The action "${turning?.name}" is marked as an angle.`,
    'Only observations can be angles.',
  );
  return { observations, actions };
}

function channelOf({ column, name, unit, angle }: CsvColumn): ChannelInfo {
  const chosen = name ?? identifierOf(column);
  if (!channelName.safeParse(chosen).success) {
    throw wrongImport(
      `"${chosen}" cannot be the name of a channel.`,
      'Give the column a name of lower-case letters, digits and _ that starts with a letter: name=header:unit.',
    );
  }
  return { name: chosen, unit, angle: angle === true, limits: null };
}

/** "Joint 2 [rad]" → joint_2_rad */
function identifierOf(header: string): string {
  return header
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}
