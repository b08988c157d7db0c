import { z } from 'zod';
import type { ChannelInfo } from '../../../shared/episode';
import { badFile } from '../faults';
import { elementColumns, plainColumn, usualStep } from '../guess';
import { hasMagic } from '../magic';
import { episodeNote, fileNote } from '../note';
import { LAST_ACTION, notesOf } from '../rows';
import type {
  Dataset,
  DatasetColumn,
  DatasetEnd,
  DatasetHead,
  DatasetOptions,
  DatasetPart,
  FormatReader,
} from '../types';
import { numberColumns, numbersOf } from './columns';
import { ParquetFile } from './file';
import { byEpisode, episodesIn, framesRead, seriesOf } from './table-rows';
import { FIXED_COLUMNS } from './writer';

/** What Foresight's own writer puts into the footer (`ParquetNote`); only what is used is looked at. */
const names = z.array(z.string()).max(1000);
const Note = z.object({
  ...fileNote,
  columns: z.object({ observations: names, actions: names, requested: names }),
  episodes: z.array(
    z.object({
      id: z.number().int(),
      ...episodeNote,
    }),
  ),
});
type Note = z.infer<typeof Note>;

export const parquetReader: FormatReader = {
  async open(path, options) {
    if (!(await hasMagic(path, 'PAR1'))) return undefined;
    const file = await ParquetFile.open(path);
    try {
      const text = file.text('foresight');
      return text === undefined ? await foreignTable(file, options) : ownTable(file, text);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  },
};

/** One that Foresight wrote: it says everything itself, and its rows are the log's. */
function ownTable(file: ParquetFile, text: string): Dataset {
  const parsed = Note.safeParse(parsedJson(text));
  if (!parsed.success) throw badFile(file.name, 'footer, "foresight"', 'does not hold what it must');
  const note = parsed.data;
  const own = [...Object.values(note.columns).flat(), ...Object.keys(FIXED_COLUMNS)];
  const series = seriesOf(own.map((name) => ({ name })));
  const channels = (list: ChannelInfo[], columns: string[], role: DatasetColumn['role']): DatasetColumn[] =>
    list.map((channel, i) => ({ ...channel, column: columns[i] ?? '', role }));
  const head: DatasetHead = {
    format: 'Parquet of Foresight',
    ...{ rig: note.rig, periodSeconds: note.periodSeconds },
    ...{ episodes: note.episodes.length, rows: file.rows },
    columns: [
      ...channels(note.observations, note.columns.observations, 'observation'),
      ...channels(note.actions, note.columns.actions, 'action'),
    ],
    ...{ cameras: [], remarks: [] },
  };
  return {
    ...{ head, rigFile: note.rigFile, close: () => file.close() },
    async *read(wanted): AsyncGenerator<DatasetPart, void, void> {
      const requested = wanted.actions.map(
        (name) => note.columns.requested[note.columns.actions.indexOf(name)] ?? name,
      );
      const all = { ...wanted, requested, reward: 'reward', ...OWN_SERIES };
      for await (const { number, frames } of byEpisode(episodesIn({ file, series }, 'episode', all))) {
        for await (const rows of frames) yield { kind: 'rows', rows };
        yield { kind: 'end', end: ownEnd(note, number) };
      }
    },
  };
}

const OWN_SERIES = {
  ...{ hostSeconds: 'host_seconds', deviceSeconds: 'device_seconds' },
  ...{ latenessSeconds: 'lateness_seconds', planMs: 'plan_ms', missed: 'missed' },
};

function ownEnd(note: Note, id: number): DatasetEnd {
  const found = note.episodes.find((episode) => episode.id === id);
  return {
    called: `episode ${id}`,
    startedAt: found?.startedAt ?? null,
    terminated: found?.terminated ?? false,
    tags: found?.tags ?? [],
    notes: notesOf(found?.reason ?? '', found?.events ?? []),
  };
}

const EPISODE = /^(episode|episode_?(index|id|number)|traj(ectory)?(_?id)?)$/i;
const TIME = /^(time|timestamp|t|seconds|time_?s|host_seconds)$/i;
const REWARD = /^(next\.)?rewards?$/i;

/** Somebody else's: columns are told apart by their names. */
async function foreignTable(file: ParquetFile, options: DatasetOptions): Promise<Dataset> {
  const { numbers, others } = await numberColumns(file);
  const series = seriesOf(numbers);
  const scalar = (wanted: string | undefined, usual: RegExp) =>
    numbers.find(
      ({ name, width }) => width === undefined && (wanted === undefined ? usual.test(name) : name === wanted),
    )?.name;
  for (const wanted of [options.episodeColumn, options.timeColumn]) {
    if (wanted !== undefined && scalar(wanted, EPISODE) === undefined) {
      throw badFile(
        file.name,
        `column "${wanted}"`,
        'is not there, or holds no numbers',
        'Name one that is there. Nothing was imported.',
      );
    }
  }
  const [episode, time, reward] = [
    scalar(options.episodeColumn, EPISODE),
    scalar(options.timeColumn, TIME),
    scalar(undefined, REWARD),
  ];
  const firstGroup = file.groups().findIndex((rows) => rows > 1);
  const times =
    time === undefined || firstGroup < 0 ? undefined : await numbersOf(file, firstGroup, { name: time });
  const periodSeconds = options.periodSeconds ?? (times && usualStep(times)) ?? null;
  const used = new Set([episode, time, reward]);
  const columns = numbers
    .filter(({ name }) => !used.has(name))
    .flatMap(({ name, width }) => (width === undefined ? [plainColumn(name)] : elementColumns(name, width)));
  const head: DatasetHead = {
    ...{ format: 'Parquet', rig: null, periodSeconds, episodes: null, rows: file.rows, columns },
    cameras: [],
    remarks: [
      ...others.map((name) => `Column "${name}" holds no numbers and is not read.`),
      episode === undefined
        ? 'No column numbers the episodes: all rows are taken for one.'
        : `Column "${episode}" numbers the episodes.`,
      ...(time === undefined ? [] : [`Column "${time}" is taken for the time of a row in seconds.`]),
      ...(reward === undefined ? [] : [`Column "${reward}" is taken for the reward of a row's action.`]),
      LAST_ACTION,
    ],
  };
  return {
    ...{ head, rigFile: null, close: () => file.close() },
    read: (wanted) =>
      framesRead({ file, series }, episode, { ...wanted, reward, deviceSeconds: time }, periodSeconds ?? 1),
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
