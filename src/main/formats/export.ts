import type { Scene } from '../../shared/drawing';
import type { ChannelInfo, EpisodeColumns, EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import type { ExportPlan, ExportReport, FormatName } from '../../shared/export';
import { writeWholePlace } from '../files/whole-place';
import type { Log } from '../log/types';
import { requireOutside } from '../log/workspace';
import { nodeHost } from '../processes/node-host';
import type { Host } from '../processes/port';
import { camerasOf, capturesOf, depthLost, filesSeen, picturesOf } from './pictures';
import type { ExportSource, FormatWriter, SeenFile, SharedCamera } from './types';
import { WRITERS } from './writers';

/** Rows that are read of the log at once. */
const READ_ROWS = 2 ** 14;

export interface ExportOptions {
  format: FormatName;
  /** Absolute. */
  path: string;
  episodes: readonly EpisodeSummary[];
  /** Replaces a file that is there. */
  force?: boolean | undefined;
  /** Starts the process that writes, where a format needs one; plain Node's unless said. */
  host?: Pick<Host, 'spawn'> | undefined;
  /** What the rig of an episode looks like, as it was recorded; null where nobody knows, as when it is left out. */
  scene?: ((episode: EpisodeSummary) => Promise<Scene | null>) | undefined;
}

/** What of a log says what an export would be. */
type PlanLog = Pick<Log, 'cameras' | 'frames' | 'frameTimes'>;
type PlanOptions = Pick<ExportOptions, 'format' | 'episodes' | 'scene'>;

export interface ExportWatch {
  /** Stops it: nothing is left of it. */
  signal?: AbortSignal;
  /** Rows that were read, of all. */
  onProgress?(done: number, total: number): void;
}

/** @throws ForesightError wrong-use: no episodes, or episodes that do not go together */
export async function planExport(log: PlanLog, options: PlanOptions): Promise<ExportPlan> {
  return (await planned(log, options)).plan;
}

async function planned(
  log: PlanLog,
  { format, episodes, scene }: PlanOptions,
): Promise<{ plan: ExportPlan; cameras: SharedCamera[] }> {
  const writer: FormatWriter = WRITERS[format];
  const [first] = episodes;
  if (first === undefined) {
    throw new ForesightError(
      'wrong-use',
      'There is no episode to export.',
      'Record some, or name others: foresight episode list.',
    );
  }
  for (const episode of episodes) requireAlike(first, episode);
  const { shared, lost } = await camerasOf(log, episodes);
  const cameras = writer.takesPictures ? shared : [];
  const left = shared.filter((camera) => !cameras.includes(camera)).map(({ name }) => name);
  const written = writtenEpisodes(episodes);
  const plan = {
    ...{ format: writer.title, episodes: written.length, rows: rowsOf(written) },
    channels: [...first.observations, ...first.actions].map(({ name, unit }) => `${name} [${unit}]`),
    cameras: cameras.map(({ name }) => name),
    losses: [
      ...writer.losses(written),
      ...mergedNotes(episodes),
      ...(left.length === 0 ? [] : [`Pictures are not exported: ${left.join(', ')}.`]),
      ...lost,
      ...(writer.leavesDepth ? await depthLost(log, episodes, cameras) : []),
      ...(writer.takesScene ? await sceneless(episodes, scene) : []),
    ],
  };
  return { plan, cameras };
}

/**
 * Writes episodes in a format of other people's software: all of them or nothing, beside the place and then renamed.
 * @throws ForesightError wrong-use, bad-file (disk), cancelled, and what reading the log throws
 */
export async function exportEpisodes(
  log: ExportLog & Pick<Log, 'folder'>,
  options: ExportOptions,
  watch: ExportWatch = {},
): Promise<ExportReport> {
  const { format, path, episodes, force, host = nodeHost(), scene = async () => null } = options;
  const { plan, cameras } = await planned(log, options);
  requireOutside(log.folder, path);
  const writer: FormatWriter = WRITERS[format];
  await writeWholePlace(path, { place: writer.place, force }, (temporary) =>
    writer.write({ ...sourceOf(log, writtenEpisodes(episodes), watch), cameras, host, scene }, temporary),
  );
  return { ...plan, path };
}

async function sceneless(
  episodes: readonly EpisodeSummary[],
  scene: ExportOptions['scene'],
): Promise<string[]> {
  const rigs = new Set<string>();
  for (const episode of episodes) {
    if (!rigs.has(episode.rig) && !(await scene?.(episode))) rigs.add(episode.rig);
  }
  return [...rigs].map(
    (rig) => `Where the bodies of ${rig} are is left out: the rig is not here as it was recorded.`,
  );
}

/** An episode as it is written, and where its rows lie in the one of the log. */
type Written = EpisodeSummary & { firstRow?: number };

/** No format holds a break in time, so the parts of a merged episode are written as episodes of their own. */
function writtenEpisodes(episodes: readonly EpisodeSummary[]): Written[] {
  return episodes.flatMap((episode) => {
    if (episode.parts.length < 2) return [episode];
    let firstRow = 0;
    return episode.parts.map(({ from, to }, i) => {
      const part = { ...episode, firstRow, steps: to - from - 1, return: null };
      firstRow += to - from;
      part.durationSeconds = part.steps * episode.periodSeconds;
      part.terminated = episode.terminated && i === episode.parts.length - 1;
      return part;
    });
  });
}

const mergedNotes = (episodes: readonly EpisodeSummary[]): string[] =>
  episodes
    .filter(({ parts }) => parts.length > 1)
    .map(
      ({ id, parts }) =>
        `Episode ${id} was merged: its ${parts.length} parts, between which time is missing, are episodes of their own in the file.`,
    );

const rowsOf = (episodes: readonly EpisodeSummary[]) =>
  episodes.reduce((sum, { steps }) => sum + steps + 1, 0);

type ExportLog = Pick<Log, 'columns' | 'events' | 'rigFile' | 'cameras' | 'frameTimes' | 'frames'>;

function sourceOf(
  log: ExportLog,
  episodes: readonly Written[],
  { signal, onProgress }: ExportWatch,
): Omit<ExportSource, 'cameras' | 'host' | 'scene'> {
  const total = rowsOf(episodes);
  let done = 0;
  return {
    episodes,
    async events({ id, steps, firstRow = 0 }: Written) {
      const events = (await log.events(id)).map((event) => ({ ...event, step: event.step - firstRow }));
      return events.filter(({ step }) => step >= 0 && step <= steps);
    },
    rigFile: ({ id }) => log.rigFile(id),
    async *pictures(episode: Written, camera): AsyncGenerator<Uint8Array> {
      for await (const part of picturesOf(log, episode, camera)) {
        refuseStopped(signal);
        yield part;
      }
    },
    async *files(episode: Written, camera): AsyncGenerator<SeenFile> {
      for await (const file of filesSeen(log, episode, camera, episode.steps + 1)) {
        refuseStopped(signal);
        yield file;
      }
    },
    captures: (episode: Written, camera) => capturesOf(log, episode, camera),
    async *rows({ id, steps, firstRow = 0 }: Written): AsyncGenerator<EpisodeColumns> {
      const end = firstRow + steps + 1;
      for (let from = firstRow; ; from += READ_ROWS) {
        refuseStopped(signal);
        const rows = await log.columns(id, { from, to: Math.min(end, from + READ_ROWS) });
        if (rows.rows > 0) yield rows;
        done += rows.rows;
        onProgress?.(done, total);
        if (rows.rows < READ_ROWS) return;
      }
    },
  };
}

function refuseStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new ForesightError('cancelled', 'The export was stopped.', 'Nothing is left of it. Export again.');
}

/** Tables have one set of columns, so episodes of one export have the same channels and period. */
function requireAlike(first: EpisodeSummary, other: EpisodeSummary): void {
  const channels = (list: readonly ChannelInfo[]) =>
    list.map(({ name, unit }) => `${name} [${unit}]`).join(', ');
  const differ = (what: string, a: string, b: string) =>
    new ForesightError(
      'wrong-use',
      `Episodes ${first.id} and ${other.id} cannot be in one export: their ${what} differ (${a}; ${b}).`,
      'Export them apart: --rig or --episodes.',
    );
  for (const [what, list] of [
    ['observations', 'observations'],
    ['actions', 'actions'],
  ] as const) {
    const [a, b] = [channels(first[list]), channels(other[list])];
    if (a !== b) throw differ(what, a, b);
  }
  if (first.periodSeconds !== other.periodSeconds)
    throw differ('control periods', `${first.periodSeconds} s`, `${other.periodSeconds} s`);
}
