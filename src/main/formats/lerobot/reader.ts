import { stat } from 'node:fs/promises';
import { elementColumns, plainColumn } from '../guess';
import { numberColumns } from '../parquet/columns';
import { ParquetFile } from '../parquet/file';
import { byEpisode, episodesIn, type SeriesByName, seriesOf } from '../parquet/table-rows';
import { cameraNames } from '../picture-parts';
import { LAST_ACTION, type LastRow, notesOf, rowsOfFrames } from '../rows';
import type { Dataset, DatasetColumn, DatasetEnd, DatasetPart, DatasetRows, FormatReader } from '../types';
import { findVideos, type VideoSource } from './cameras';
import { CameraVideos } from './episode-pictures';
import { CameraImages, findImages, type ImageSource } from './images';
import { videoKey } from './layout';
import { dataFiles, type Info, type Note, namesOf, readInfo, readNote, tasksOf } from './meta';

/** LeRobotDataset v3.0 and v2.1: a folder with meta/info.json. */
export const lerobotReader: FormatReader = {
  async open(path) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder) return undefined;
    const info = await readInfo(path);
    if (info === undefined) return undefined;
    const files = await dataFiles(path);
    const [first = ''] = files;
    const table = await ParquetFile.open(first);
    try {
      return await datasetOf(path, info, files, table);
    } finally {
      await table.close();
    }
  },
};

/** Columns that every data set has beside its features. */
const DEFAULT = new Set(['timestamp', 'frame_index', 'episode_index', 'index', 'task_index']);

async function datasetOf(
  path: string,
  info: Info,
  files: readonly string[],
  table: ParquetFile,
): Promise<Dataset> {
  const { numbers } = await numberColumns(table);
  const named = (column: string) => namesOf(info.features[column]?.names);
  const series = seriesOf(numbers, named);
  const note = await readNote(path);
  const videos = await findVideos(path, info);
  const images = await findImages(info, table);
  const cameras = [...videos.found, ...images.found];
  const names = cameraNames(cameras.map(({ key }) => key.slice(key.lastIndexOf('.') + 1)));
  const rateOf = (key: string) =>
    note?.episodes[0]?.cameras?.find(({ name }) => videoKey(name) === key)?.rate ?? null;
  const tasks = await tasksOf(path, info);
  const features = numbers.filter(({ name }) => !DEFAULT.has(name) && !/^(next\.|foresight\.)/.test(name));
  const plain = features.flatMap(({ name, width }) =>
    width === undefined
      ? [{ ...plainColumn(name, named(name)?.[0]) }]
      : elementColumns(name, width, named(name)),
  );
  const rows = note === undefined ? null : note.episodes.reduce((sum, { frames }) => sum + frames + 1, 0);
  return {
    head: {
      format: `LeRobot ${info.codebase_version}`,
      ...{ rig: info.robot_type ?? null, periodSeconds: note?.periodSeconds ?? 1 / info.fps },
      ...{ episodes: info.total_episodes, rows: rows ?? info.total_frames },
      columns: note === undefined ? plain : plain.map((column) => withUnits(column, note)),
      cameras: cameras.map(({ key, width, height }, i) => ({
        ...{ column: key, name: names[i] ?? key, width, height, rate: rateOf(key) },
      })),
      remarks: [
        ...videos.remarks,
        ...images.remarks,
        ...notRead(info, new Set(numbers.map(({ name }) => name))),
        ...(note === undefined ? [LAST_ACTION] : []),
      ],
    },
    rigFile: note?.rigFile ?? null,
    close: async () => {},
    read: (wanted) => read({ files, series, note, tasks, cameras, periodSeconds: 1 / info.fps }, wanted),
  };
}

/** Units, limits and angles as Foresight wrote them beside. */
function withUnits(column: DatasetColumn, note: Note): DatasetColumn {
  const channels = column.role === 'observation' ? note.observations : note.actions;
  const found = column.role === null ? undefined : channels.find(({ name }) => name === column.name);
  return found === undefined ? column : { ...column, ...found };
}

function notRead({ features }: Info, read: ReadonlySet<string>): string[] {
  return Object.entries(features)
    .filter(([name, { dtype }]) => !read.has(name) && dtype !== 'video' && dtype !== 'image')
    .map(([name, { dtype, shape }]) => `"${name}" (${dtype}, ${shape.join(' × ')}) is not read.`);
}

type CameraSource = VideoSource | ImageSource;

interface Source {
  files: readonly string[];
  series: SeriesByName;
  note: Note | undefined;
  tasks: ReadonlyMap<number, string[]>;
  cameras: readonly CameraSource[];
  periodSeconds: number;
}

async function* read(
  { files, series, note, tasks, cameras, periodSeconds }: Source,
  wanted: { observations: string[]; actions: string[] },
): AsyncGenerator<DatasetPart, void, void> {
  const has = (name: string) => (series.has(name) ? name : undefined);
  const requested = wanted.actions.map((name) =>
    name.replace(/^action(?=$|\/)/, 'foresight.requested_action'),
  );
  const all = {
    ...wanted,
    ...(requested.every((name) => series.has(name)) && { requested }),
    reward: has('next.reward'),
    hostSeconds: has('foresight.host_seconds'),
    deviceSeconds: has('foresight.device_seconds') ?? has('timestamp'),
  };
  const pictures = cameras.map((source, place) =>
    'folder' in source ? new CameraVideos(source, place, periodSeconds) : new CameraImages(source.key, place),
  );
  try {
    for (const path of files) {
      const file = await ParquetFile.open(path);
      let firstRow = 0;
      try {
        for await (const { number, frames } of byEpisode(
          episodesIn({ file, series }, has('episode_index'), all),
        )) {
          const own = note?.episodes[number];
          const captured = capturesOf(own, cameras);
          if (captured !== undefined) {
            yield { kind: 'begin', cameras: captured.map(({ rate, dropped }) => ({ rate, dropped })) };
          }
          let count = 0;
          const counted = async function* (): AsyncGenerator<DatasetRows> {
            for await (const rows of frames) {
              count += rows.rows;
              yield rows;
            }
          };
          // One that somebody has cut since has another end.
          const after = () =>
            note && own && own.frames === count ? lastOf(own, wanted.observations, note) : undefined;
          for await (const rows of rowsOfFrames(counted(), periodSeconds, after))
            yield { kind: 'rows', rows };
          const isWhole = own?.frames === count;
          for (const [place, one] of pictures.entries()) {
            const captures = isWhole ? captured?.[place] : undefined;
            yield* one.of({ number, rows: count, captures }, { file, firstRow });
          }
          firstRow += count;
          yield { kind: 'end', end: endOf(number, own, tasks.get(number) ?? []) };
        }
      } finally {
        await file.close();
      }
    }
  } finally {
    for (const one of pictures) await one.close();
  }
}

type OwnEpisode = Note['episodes'][number];

/** What is known of the pictures of these cameras, in their order; undefined where one is missing. */
function capturesOf(own: OwnEpisode | undefined, cameras: readonly CameraSource[]) {
  const found = cameras.flatMap(({ key }) => own?.cameras?.find(({ name }) => videoKey(name) === key) ?? []);
  return found.length === cameras.length && cameras.length > 0 ? found : undefined;
}

/** Of the wanted columns; undefined where one is none of the observations. */
function lastOf(
  { lastObservation: values, last }: OwnEpisode,
  wanted: readonly string[],
  { observations }: Note,
): LastRow | undefined {
  const of = (column: string) => observations.findIndex(({ name }) => column === `observation.state/${name}`);
  const indices = wanted.map((column) => (column === 'observation.state' ? 0 : of(column)));
  if (indices.some((index) => index < 0 || index >= values.length)) return undefined;
  const observed = { observations: Float64Array.from(indices, (index) => values[index] ?? Number.NaN) };
  if (last === undefined) return observed;
  const { hostSeconds, deviceSeconds } = last;
  return {
    ...observed,
    ...(hostSeconds !== null && { hostSeconds, deviceSeconds: deviceSeconds ?? Number.NaN }),
  };
}

function endOf(number: number, own: OwnEpisode | undefined, tasks: readonly string[]): DatasetEnd {
  return {
    called: `episode ${number}`,
    startedAt: own?.startedAt ?? null,
    terminated: own?.terminated ?? false,
    tags: own?.tags ?? [],
    notes: [...notesOf(own?.reason ?? '', own?.events ?? []), ...tasks.map((task) => `Task: ${task}`)],
  };
}
