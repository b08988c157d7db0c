import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EpisodeSummary } from '../../../shared/episode';
import { type FrameBlock, framesOf, lastSeries } from '../frames';
import { matrixOf } from '../matrices';
import type { ExportSource, FormatWriter } from '../types';
import { Hdf5File } from './file';
import type { Hdf5Piece } from './messages';
import { minariMetadata } from './minari-metadata';
import { CAPTURED_WIDTH, type Hdf5Note } from './note';
import {
  D4RL,
  type EpisodePlaces,
  MINARI,
  ROBOMIMIC,
  type WriteLayout,
  type WrittenPictures,
  type WrittenTable,
} from './write-layouts';

const IN_THE_NOTE =
  'What plans predicted is not exported; events, reasons, tags and the last row stand in the attribute "foresight" of the file, which others pass over.';

const rewardLoss = (episodes: readonly EpisodeSummary[]) =>
  episodes.every((one) => one.return !== null)
    ? []
    : ['Not every episode has rewards: those that are not known are no numbers (NaN).'];

export const robomimicWriter: FormatWriter = {
  title: 'HDF5, robomimic',
  place: 'file',
  takesPictures: true,
  leavesDepth: true,
  losses: (episodes) => [
    IN_THE_NOTE,
    ...rewardLoss(episodes),
    ...(episodes[0]?.actions ?? [])
      .filter(({ limits }) => limits === null || limits[0] < -1 || limits[1] > 1)
      .map(({ name, limits }) => {
        const reach = limits === null ? 'has no limits' : `reaches from ${limits[0]} to ${limits[1]}`;
        return `robomimic expects actions between -1 and 1, and ${name} ${reach}: it is written as it is.`;
      }),
  ],
  write: (source, path) => writeFileOf(source, path, ROBOMIMIC),
};

export const minariWriter: FormatWriter = {
  title: 'HDF5, Minari',
  place: 'folder',
  takesPictures: true,
  leavesDepth: true,
  losses: (episodes) => [IN_THE_NOTE, ...rewardLoss(episodes)],
  async write(source, path) {
    const file = join(path, 'data', 'main_data.hdf5');
    await mkdir(dirname(file));
    await writeFileOf(source, file, MINARI);
    const { size } = await stat(file);
    const metadata = minariMetadata(source.episodes, source.cameras, size);
    await writeFile(join(path, 'data', 'metadata.json'), metadata);
  },
};

export const d4rlWriter: FormatWriter = {
  title: 'HDF5, D4RL',
  place: 'file',
  losses: (episodes) => [IN_THE_NOTE, ...rewardLoss(episodes)],
  write: (source, path) => writeFileOf(source, path, D4RL),
};

async function writeFileOf(source: ExportSource, path: string, layout: WriteLayout): Promise<void> {
  const [first] = source.episodes;
  if (first === undefined) return;
  const file = new Hdf5File(source.host, path);
  try {
    await file.write(...layout.begin(source.episodes));
    const total = source.episodes.reduce((sum, { steps }) => sum + steps, 0);
    const notes: Hdf5Note['episodes'] = [];
    let before = 0;
    for (const [number, episode] of source.episodes.entries()) {
      const places = layout.places(episode, number, before, layout.sharesTables ? [] : source.cameras);
      await file.write(...places.before);
      if (number === 0 || !layout.sharesTables) {
        await file.write(...tablesOf(places, layout.rows(episode, total)));
      }
      const last = await writeSteps(file, source, episode, places);
      const cameras: Hdf5Note['episodes'][number]['cameras'] = [];
      for (const pictures of places.pictures) {
        cameras.push(await writePictures(file, source, episode, pictures));
      }
      notes.push(await noteOf(source, episode, last, cameras));
      before += episode.steps;
    }
    const { rig, periodSeconds, observations, actions } = first;
    const note: Hdf5Note = {
      ...{ version: 1, rig, rigFile: await source.rigFile(first), periodSeconds, observations, actions },
      episodes: notes,
    };
    await file.write({ kind: 'text', path: '/', name: 'foresight', text: JSON.stringify(note) });
    await file.finish();
  } finally {
    await file.close();
  }
}

function tablesOf({ tables, pictures }: EpisodePlaces, rows: number): Hdf5Piece[] {
  const length = ({ withLast }: { withLast?: boolean }) => rows + (withLast === true ? 1 : 0);
  return [
    ...tables.map((table): Hdf5Piece => {
      const isTruth = table.holds === 'terminal' || table.holds === 'timeout';
      const shape = table.width === undefined ? [length(table)] : [length(table), table.width];
      return { kind: 'dataset', path: table.path, type: isTruth ? 'uint8' : 'float64', shape };
    }),
    ...pictures.map(({ path, camera, ...one }): Hdf5Piece => {
      const shape = [length(one), camera.height, camera.width, 3];
      return { kind: 'dataset', path, type: 'uint8', shape, packed: true };
    }),
  ];
}

/** @returns the block that ends the episode */
async function writeSteps(
  file: Hdf5File,
  source: ExportSource,
  episode: EpisodeSummary,
  { tables, offset }: EpisodePlaces,
): Promise<FrameBlock | undefined> {
  let last: FrameBlock | undefined;
  for await (const block of framesOf(source, episode)) {
    const isLast = block.first + block.frames === episode.steps;
    for (const table of tables) {
      const values = valuesOf(table, block, episode, isLast);
      const shape = table.width === undefined ? [values.length] : [values.length / table.width, table.width];
      await file.write({ kind: 'rows', path: table.path, shape, first: offset + block.first, values });
    }
    last = block;
  }
  return last;
}

/** A table's numbers of a block, copied: what is sent goes with all of its memory. */
function valuesOf(
  { holds, width = 1, withLast = false }: WrittenTable,
  { first, frames, rows, rewardAfter }: FrameBlock,
  { steps, terminated }: EpisodeSummary,
  isLast: boolean,
): Float64Array | Uint8Array {
  const count = (frames + (withLast && isLast ? 1 : 0)) * width;
  switch (holds) {
    case 'next':
      return rows.observations.slice(width, width + count);
    case 'reward':
      return rewardAfter.slice(0, frames);
    case 'terminal':
    case 'timeout': {
      const said = terminated === (holds === 'terminal') ? 1 : 0;
      return Uint8Array.from({ length: frames }, (_, i) => (first + i === steps - 1 ? said : 0));
    }
    default:
      return rows[holds].slice(0, count);
  }
}

async function writePictures(
  file: Hdf5File,
  source: ExportSource,
  episode: EpisodeSummary,
  { path, camera, withLast = false, captured, after }: WrittenPictures,
): Promise<NonNullable<Hdf5Note['episodes'][number]['cameras']>[number]> {
  const { width, height } = camera;
  const size = height * width * 3;
  const wanted = episode.steps + (withLast ? 1 : 0);
  const { rate, dropped, row, sequence, hostSeconds, deviceSeconds } = await source.captures(episode, camera);
  const count = row.length;
  if (count > 0) {
    const values = matrixOf(
      [row, sequence, hostSeconds, deviceSeconds].map((one) => Float64Array.from(one)),
      count,
    );
    const shape = [count, CAPTURED_WIDTH];
    await file.write({ kind: 'dataset', path: captured, type: 'float64', shape });
    await file.write({ kind: 'rows', path: captured, shape, first: 0, values });
  }
  let first = 0;
  for await (const pictures of source.pictures(episode, camera)) {
    const rows = Math.min(pictures.length / size, wanted - first);
    const values = pictures.slice(0, rows * size);
    await file.write({ kind: 'rows', path, shape: [rows, height, width, 3], first, values });
    first += rows;
    const isNew = row.at(-1) === episode.steps && pictures.length > values.length;
    if (after === undefined || !isNew) continue;
    const shape = [1, height, width, 3];
    await file.write({ kind: 'dataset', path: after, type: 'uint8', shape, packed: true });
    await file.write({ kind: 'rows', path: after, shape, first: 0, values: pictures.slice(-size) });
  }
  return { name: camera.name, rate, dropped };
}

async function noteOf(
  source: ExportSource,
  episode: EpisodeSummary,
  block: FrameBlock | undefined,
  cameras: Hdf5Note['episodes'][number]['cameras'],
): Promise<Hdf5Note['episodes'][number]> {
  const { steps, startedAt, terminated, reason, tags } = episode;
  const events = await source.events(episode);
  return { frames: steps, startedAt, terminated, reason, tags, events, last: lastSeries(block), cameras };
}
