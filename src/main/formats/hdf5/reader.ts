import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { badFile } from '../faults';
import { BESIDES_STEPS } from '../frames';
import { hasMagic } from '../magic';
import { LAST_ACTION, type LastRow, notesOf, rowsOfFrames } from '../rows';
import type {
  Dataset,
  DatasetColumn,
  DatasetEnd,
  DatasetHead,
  DatasetOptions,
  DatasetPart,
  FormatReader,
  WantedColumns,
} from '../types';
import { type CameraTable, findCameras } from './cameras';
import { episodePictures } from './episode-pictures';
import { type Element, type Elements, framesRead, observationAfter } from './episode-rows';
import { Hdf5File } from './file';
import { type FoundLayout, layoutOf, pieceOf } from './layouts';
import { BESIDES, Hdf5Note, REQUESTED } from './note';
import type { FoundEpisode, Table } from './tables';

/** Of a Minari data set, a folder, and of any other HDF5 file. */
const INSIDE = ['', 'main_data.hdf5', join('data', 'main_data.hdf5')];

export const hdf5Reader: FormatReader = {
  async open(path, options, host) {
    const inside = await fileIn(path);
    if (inside === undefined) return undefined;
    const file = new Hdf5File(host, inside);
    try {
      return await datasetOf(file, options);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  },
};

async function fileIn(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  const places = found?.isDirectory() ? INSIDE.slice(1) : INSIDE.slice(0, 1);
  for (const place of places)
    if (await hasMagic(join(path, place), '\x89HDF\r\n\x1a\n')) return join(path, place);
  return undefined;
}

/** What is read of a file, and how. */
interface Source {
  file: Hdf5File;
  layout: FoundLayout;
  note: Hdf5Note | undefined;
  /** Elements by the names of columns. */
  elements: ReadonlyMap<string, Element>;
  cameras: readonly CameraTable[];
  periodSeconds: number;
}

async function datasetOf(file: Hdf5File, options: DatasetOptions): Promise<Dataset> {
  const tree = await file.look();
  const layout = layoutOf(tree, file.name);
  const note = noteOf(file.name, tree.texts['/@foresight']);
  const columns = note === undefined ? foreignColumns(layout) : ownColumns(layout, note, file.name);
  const periodSeconds = note?.periodSeconds ?? layout.periodSeconds ?? options.periodSeconds ?? null;
  refuseNamedColumns(options, layout.title);
  const { found, remarks } = await findCameras(file, layout);
  const own = note?.episodes[0]?.cameras ?? [];
  const order = own.map(({ name }) => name);
  // Things in a file lie in the order of their names; cameras are in that of the rig.
  const cameras = found.sort((a, b) => order.indexOf(a.camera.name) - order.indexOf(b.camera.name));
  const frames = layout.episodes.reduce((sum, episode) => sum + episode.frames, 0);
  const head: DatasetHead = {
    format: note === undefined ? `HDF5, ${layout.title}` : `HDF5 of Foresight, ${layout.title}`,
    ...{ rig: note?.rig ?? layout.rig, periodSeconds },
    episodes: note?.episodes.length ?? (layout.ends === null ? layout.episodes.length : null),
    rows: frames + (note?.episodes.length ?? 0),
    columns: columns.map(({ column }) => column),
    cameras: cameras.map(({ camera }) => ({
      ...camera,
      rate: own.find(({ name }) => name === camera.name)?.rate ?? null,
    })),
    remarks: [
      ...layout.remarks,
      ...remarks,
      ...(note === undefined && layout.episodes.some(({ after }) => after.size === 0) && layout.ends === null
        ? [LAST_ACTION]
        : []),
    ],
  };
  const elements = new Map(columns.map(({ column, element }) => [column.column, element]));
  const source: Source = { file, layout, note, elements, cameras, periodSeconds: periodSeconds ?? 1 };
  return {
    ...{ head, rigFile: note?.rigFile ?? null, close: () => file.close() },
    read: (wanted) => read(source, wanted),
  };
}

function refuseNamedColumns({ episodeColumn, timeColumn }: DatasetOptions, title: string): void {
  const [asked] = [episodeColumn && '--episode-column', timeColumn && '--time'].filter(Boolean);
  if (asked === undefined) return;
  throw new ForesightError(
    'wrong-use',
    `The layout of ${title} says by itself where an episode begins, and has no column for ${asked}.`,
    `Leave ${asked} out; --rate says how many steps a second there are.`,
  );
}

function noteOf(file: string, text: string | undefined): Hdf5Note | undefined {
  if (text === undefined) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // Says itself below that it is none.
  }
  const { data, error } = Hdf5Note.safeParse(document);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  throw badFile(
    file,
    'attribute "foresight"',
    `does not hold what it must (${issue?.path.join('.')}: ${issue?.message})`,
  );
}

interface FoundColumn {
  column: DatasetColumn;
  element: Element;
}

/** Of the first episode; others must have what is taken of them. */
function foreignColumns({ episodes, role, reward, ends }: FoundLayout): FoundColumn[] {
  const tables = [...(episodes[0]?.tables.values() ?? [])];
  return tables
    .filter(({ name }) => name !== reward && !ends?.includes(name) && !/^next_/.test(name))
    .flatMap((table) => columnsOf(table, role(table.name)));
}

function columnsOf({ name, width }: Table, role: DatasetColumn['role']): FoundColumn[] {
  const short = name.slice(name.lastIndexOf('/') + 1).replace(/^(observation|action)s$/, '$1');
  return Array.from({ length: width }, (_, index) => {
    const called =
      width === 1 ? { column: name, name: short } : { column: `${name}/${index}`, name: `${short}_${index}` };
    const column = { ...called, unit: null, angle: false, limits: null, role };
    return { column, element: { table: name, index } };
  });
}

function ownColumns({ episodes }: FoundLayout, note: Hdf5Note, file: string): FoundColumn[] {
  const tables = episodes[0]?.tables;
  const { observations, actions } = note;
  const table = ['obs/state', 'observations/state', 'observations'].find((name) => tables?.has(name));
  const of = (role: 'observation' | 'action', name: string | undefined, channels: Hdf5Note['actions']) => {
    if (name === undefined || tables?.get(name)?.width !== channels.length) {
      throw badFile(
        file,
        '',
        `has no table with ${channels.length} ${role}s, which the attribute "foresight" names`,
      );
    }
    return channels.map((channel, index) => ({
      column: { ...channel, column: `${name}/${channel.name}`, role },
      element: { table: name, index },
    }));
  };
  return [...of('observation', table, observations), ...of('action', 'actions', actions)];
}

async function* read(source: Source, wanted: WantedColumns): AsyncGenerator<DatasetPart, void, void> {
  const { file, note, cameras, periodSeconds } = source;
  let number = 0;
  for await (const episode of episodesOf(source)) {
    const own = note?.episodes[number++];
    if (own !== undefined && own.frames !== episode.frames) {
      throw badFile(
        file.name,
        episode.called,
        `has ${episode.frames} frames, where "foresight" says ${own.frames}`,
      );
    }
    const known = knownCameras(own, cameras);
    if (known !== undefined) yield { kind: 'begin', cameras: known };
    const elements = elementsOf(source, episode, wanted);
    const last = await lastRow(source, episode, elements.observations, own);
    for await (const rows of rowsOfFrames(framesRead(file, episode, elements), periodSeconds, () => last)) {
      yield { kind: 'rows', rows };
    }
    const count = episode.frames + (last === undefined ? 0 : 1);
    for (const [place, camera] of cameras.entries()) {
      yield* episodePictures(file, camera, place, episode, count);
    }
    yield { kind: 'end', end: await endOf(file, episode, own) };
  }
}

/** Those of the layout; of D4RL, cut where it says that one ended. */
async function* episodesOf({ file, layout, note }: Source): AsyncGenerator<FoundEpisode, void, void> {
  const [whole] = layout.episodes;
  if (layout.ends === null || whole === undefined) {
    yield* layout.episodes;
    return;
  }
  let from = 0;
  let number = 0;
  const ends = note === undefined ? endsIn(file, whole, layout.ends) : endsOf(note);
  for await (const to of ends) {
    if (to > whole.frames) throw badFile(file.name, `episode ${number}`, 'ends behind the end of the file');
    yield pieceOf(whole, number++, from, to);
    from = to;
  }
  if (from < whole.frames) yield pieceOf(whole, number, from, whole.frames);
}

function* endsOf({ episodes }: Hdf5Note): Generator<number> {
  let end = 0;
  for (const { frames } of episodes) {
    end += frames;
    yield end;
  }
}

const READ_ROWS = 2 ** 18;

/** The frame after each one at which an end is said. */
async function* endsIn(
  file: Hdf5File,
  { tables, frames }: FoundEpisode,
  ends: readonly string[],
): AsyncGenerator<number, void, void> {
  for (let from = 0; from < frames; from += READ_ROWS) {
    const to = Math.min(frames, from + READ_ROWS);
    const said: Float64Array[] = [];
    for (const name of ends) said.push(await file.read(tables.get(name)?.path ?? '', from, to));
    for (let row = 0; row < to - from; row++) {
      if (said.some((values) => values[row] !== 0)) yield from + row + 1;
    }
  }
}

function elementsOf(
  { file, layout, note, elements }: Source,
  { tables }: FoundEpisode,
  wanted: WantedColumns,
): Elements {
  const of = (columns: readonly string[]) =>
    columns.map((column) => {
      const found = elements.get(column);
      if (found === undefined) throw badFile(file.name, `column "${column}"`, 'is not there');
      return found;
    });
  const { reward, besides } = layout;
  const there = (table: string) => (tables.has(table) ? { table, index: 0 } : undefined);
  const actions = of(wanted.actions);
  const series: Elements['series'] = {};
  const given = there(reward);
  if (given !== undefined) series.reward = given;
  if (note === undefined) return { observations: of(wanted.observations), actions, series };
  for (const name of BESIDES_STEPS) {
    const element = there(`${besides}/${BESIDES[name]}`);
    if (element !== undefined) series[name] = element;
  }
  const requested = `${besides}/${REQUESTED}`;
  const asked = actions.map(({ index }) => ({ table: requested, index }));
  return {
    ...{ observations: of(wanted.observations), actions, series },
    ...(tables.has(requested) && { requested: asked }),
  };
}

type OwnEpisode = Hdf5Note['episodes'][number] | undefined;

/** What is known of these cameras in an episode, in their order; undefined where one is missing. */
function knownCameras(own: OwnEpisode, cameras: readonly CameraTable[]) {
  const known = cameras.flatMap(({ camera }) => own?.cameras?.find(({ name }) => name === camera.name) ?? []);
  if (known.length !== cameras.length || known.length === 0) return undefined;
  return known.map(({ rate, dropped }) => ({ rate, dropped }));
}

async function lastRow(
  { file }: Source,
  episode: FoundEpisode,
  observations: readonly Element[],
  own: OwnEpisode,
): Promise<LastRow | undefined> {
  const after = await observationAfter(file, episode, observations);
  if (after === undefined) return undefined;
  const known = Object.entries(own?.last ?? {}).map(([name, value]) => [name, value ?? Number.NaN]);
  return { observations: after, ...Object.fromEntries(known) };
}

async function endOf(
  file: Hdf5File,
  { called, terminated }: FoundEpisode,
  own: OwnEpisode,
): Promise<DatasetEnd> {
  if (own !== undefined) {
    const { startedAt, terminated: ended, reason, tags, events } = own;
    return { called, startedAt, terminated: ended, tags, notes: notesOf(reason, events) };
  }
  const [said] =
    terminated === null ? [0] : await file.read(terminated.path, terminated.row, terminated.row + 1);
  return { called, startedAt: null, terminated: said !== 0, tags: [], notes: [] };
}
