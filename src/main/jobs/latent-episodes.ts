import { z } from 'zod';
import type { ChannelInfo } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { besideNumbers, camerasInWords, type Eyes as EyesSummary, eyesFor, viewsOf } from '../../shared/eyes';
import { eyesLooker, looksThrough, showsDepth } from '../../shared/look';
import type { EpisodeStretch, Evaluation } from '../../shared/model';
import type { LatentOptions } from '../../shared/model-options';
import { FrameBatches } from '../camera/training/frame-batches';
import { seenTogether } from '../camera/training/seen-together';
import { sourceOf } from '../dynamics/data/episode-source';
import { sampledStretches } from '../dynamics/data/stretches';
import { actsBefore } from '../dynamics/latent/acts';
import { absorbing, firstSeeing, type SeenEpisode } from '../dynamics/latent/pictures';
import { Seeing } from '../dynamics/latent/seeing';
import { pixelsOf } from '../dynamics/latent/size';
import type { DynamicsModel, Eyes, ModelChannels } from '../dynamics/types';
import { type LogReader, openLogReader } from '../log/reader';
import { type Engine, openEngineOrDefault } from '../tensor';
import { type JobEpisodes, type OpenEpisodes, openEpisodes } from './episodes';
import { depthsIn, requireSameCamera, steadyIn, wantedCameras } from './learned-cameras';
import { judgePictures } from './picture-verdict';
import type { Truth } from './state-probe';

/** Pictures below which nothing can be learned from them. */
const FEWEST = 100;

/** What of the recording was seen, for a job that learns from pictures. @throws ForesightError wrong-use without a log */
function requireLog(given: JobEpisodes): string {
  if (!Array.isArray(given)) return given.workspace;
  throw new ForesightError(
    'wrong-use',
    'A model that learns from pictures needs episodes that were recorded with a camera.',
    'Choose episodes of a workspace.',
  );
}

/**
 * The camera that is learned from, and how its pictures will be looked at.
 * @throws ForesightError bad-data: no pictures, of two sizes, or without the camera; wrong-use: a crop that is not inside of them
 */
export function eyesOf(
  given: JobEpisodes,
  stretches: readonly EpisodeStretch[],
  options: LatentOptions,
  { observations: channels, actions }: ModelChannels,
): EyesSummary {
  const beside = besideOf(options, channels);
  const reader = openLogReader(requireLog(given));
  try {
    const [first] = stretches;
    const cameras = first ? reader.cameras(first.episode) : [];
    const wanted = wantedCameras(options, first?.episode ?? 0, cameras);
    for (const { episode } of stretches) {
      for (const camera of wanted)
        requireSameCamera(camera, first?.episode ?? 0, episode, reader.cameras(episode));
    }
    const deep = showsDepth(options);
    const looked = wanted.map((camera) => ({
      ...camera,
      ...(deep && { depth: depthsIn(reader, stretches, camera.name) }),
      ...(options.steady > 0 && { steady: steadyIn(reader, stretches, camera.name, options.steady) }),
    }));
    const ends = stretches.some((stretch) => endsIn(reader, stretch) || mayEnd(reader, stretch));
    const observations = channels.map(({ name }) => name);
    const eyes = eyesFor(options, looked, { ...{ observations, beside, ends }, actions: actions.length });
    // Refused before any picture is read where the crop is not inside of them.
    eyesLooker(eyes);
    return eyes;
  } finally {
    reader.close();
  }
}

/** Does a stretch reach the row on which the task ended its episode? */
const endsIn = (reader: LogReader, { episode, firstRow, rows }: EpisodeStretch): boolean =>
  reader.endedOn(episode) === firstRow + rows - 1;

/** Has a task ended any of the episodes, as far as they are learned from? */
export function haveEnds(given: JobEpisodes, stretches: readonly EpisodeStretch[]): boolean {
  const reader = openLogReader(requireLog(given));
  try {
    return stretches.some((stretch) => endsIn(reader, stretch));
  } finally {
    reader.close();
  }
}

/** Does the task of the rig end episodes? Then a later recording may have an end, where this one has none. */
function mayEnd(reader: LogReader, { episode }: EpisodeStretch): boolean {
  const { data } = EndingRig.safeParse(reader.rigFile(episode));
  return data !== undefined && data.task.termination.trim() !== '';
}
const EndingRig = z.object({ task: z.object({ termination: z.string() }) });

/**
 * Of episodes that are still being recorded the rows of which it is known what was seen: a picture may come after the row that saw it.
 * All of the others; without those of which nothing is left.
 */
export function seenSoFar(
  given: JobEpisodes,
  stretches: readonly EpisodeStretch[],
  eyes: EyesSummary,
): EpisodeStretch[] {
  const reader = openLogReader(requireLog(given));
  try {
    return stretches.flatMap((stretch) => {
      const { episode, firstRow, rows } = stretch;
      if (!reader.recording(episode)) return stretch;
      const cameras = reader.cameras(episode);
      const newest = viewsOf(eyes).map(({ camera }) => {
        const place = cameras.findIndex(({ name }) => name === camera);
        return reader.frameTimes(episode, place).hostSeconds.at(-1) ?? Number.NEGATIVE_INFINITY;
      });
      const until = Math.min(...newest);
      const times = reader.columns(episode, firstRow, firstRow + rows).hostSeconds;
      const known = times.filter((seconds) => seconds <= until).length;
      return known > 1 ? { ...stretch, rows: known } : [];
    });
  } finally {
    reader.close();
  }
}

/** @throws ForesightError wrong-use: a channel that the rig has not got, or one twice */
function besideOf({ channels: wanted }: LatentOptions, channels: readonly ChannelInfo[]): ChannelInfo[] {
  const names = wanted
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.map((name, i) => {
    const found = channels.find((channel) => channel.name === name);
    if (found && names.indexOf(name) === i) return found;
    throw new ForesightError(
      'wrong-use',
      found ? `The channel "${name}" was named twice.` : `These episodes have no channel "${name}".`,
      `Name some of: ${channels.map((channel) => channel.name).join(', ')}.`,
    );
  });
}

/** What was seen in some stretches of a recording. @throws ForesightError bad-data, bad-file */
export async function readSeen(
  given: JobEpisodes,
  stretches: readonly EpisodeStretch[],
  eyes: EyesSummary,
): Promise<SeenEpisode[]> {
  return (await openSeen(given, stretches, eyes))(stretches);
}

/**
 * The pictures of some stretches, read and scaled once however often they are looked at.
 * @returns what was seen in these stretches, or in parts of them: the same pictures in the memory
 * @throws ForesightError bad-data, bad-file
 */
export async function openSeen(
  given: JobEpisodes,
  stretches: readonly EpisodeStretch[],
  eyes: EyesSummary,
): Promise<(some: readonly EpisodeStretch[]) => SeenEpisode[]> {
  const workspace = requireLog(given);
  const ids = [...new Set(stretches.map(({ episode }) => episode))];
  const end = (id: number) =>
    Math.max(...stretches.filter(({ episode }) => episode === id).map((one) => one.firstRow + one.rows));
  const reader = openLogReader(workspace);
  try {
    const log = asLog(reader, workspace, end);
    const views: FrameBatches[] = [];
    for (const { view, look } of looksThrough(eyes)) {
      views.push(await FrameBatches.open(log, ids, view.camera, look));
    }
    const numbers = pixelsOf(eyes) / views.length;
    const each = (place: number) => views.map((view) => view.episode(place));
    const together = new Map(ids.map((id, place) => [id, seenTogether(each(place), numbers)]));
    return (some) => readBeside(workspace, some, eyes, together);
  } finally {
    reader.close();
  }
}

/** The pictures of stretches with what lies beside them in the recording. @param together of each of their episodes */
function readBeside(
  workspace: string,
  stretches: readonly EpisodeStretch[],
  eyes: EyesSummary,
  together: ReadonlyMap<number, ReturnType<typeof seenTogether>>,
): SeenEpisode[] {
  const { observations, beside } = eyes;
  const places = beside.map(({ name }) => observations.indexOf(name));
  const reader = openLogReader(workspace);
  try {
    return stretches.map((stretch) => {
      const { episode, firstRow, rows } = stretch;
      const { pictures, seen, parts } = together.get(episode) as ReturnType<typeof seenTogether>;
      const columns = reader.columns(episode, firstRow, firstRow + rows);
      return {
        ...{ id: episode, firstRow, rows: columns.rows, pictures, ended: endsIn(reader, stretch) },
        ...(parts && { parts }),
        beside: withActs(pick(columns.observations, { width: observations.length, places }), columns, eyes),
        seen: seen.slice(firstRow, firstRow + columns.rows),
        ...{ actions: columns.actions, reward: columns.reward, deviceSeconds: columns.deviceSeconds },
      };
    });
  } finally {
    reader.close();
  }
}

/** Some columns of a table of rows. */
function pick(
  values: Float64Array,
  { width, places }: { width: number; places: readonly number[] },
): Float64Array {
  const rows = values.length / width;
  const chosen = new Float64Array(rows * places.length);
  for (let row = 0; row < rows; row++) {
    for (const [i, place] of places.entries()) chosen[row * places.length + i] = values[row * width + place]!;
  }
  return chosen;
}

/** Behind the channels of every row the actions that were executed before it. */
function withActs(
  channels: Float64Array,
  { rows, actions }: { rows: number; actions: Float64Array },
  eyes: EyesSummary,
): Float64Array {
  if (eyes.acts === 0) return channels;
  const [own, all, width] = [eyes.beside.length, besideNumbers(eyes), actions.length / rows];
  const wide = new Float64Array(rows * all);
  for (let row = 0; row < rows; row++) {
    wide.set(channels.subarray(row * own, (row + 1) * own), row * all);
    wide.set(actsBefore(eyes, actions, { row, width }), row * all + own);
  }
  return wide;
}

/**
 * Enough to learn from, and something to be seen.
 * @throws ForesightError bad-data: few pictures, or all of them alike (a covered or a black camera)
 */
export function requireSight(episodes: readonly SeenEpisode[], eyes: EyesSummary, steps: number): void {
  const pictures = episodes.reduce((sum, { rows, seen }) => sum + new Set(seen).size * Math.sign(rows), 0);
  if (pictures < FEWEST) {
    throw new ForesightError(
      'bad-data',
      `${beginning(camerasInWords(eyes))} took ${pictures} pictures in these episodes; a model that learns from pictures needs at least ${FEWEST}.`,
      'Record more, or choose more episodes.',
    );
  }
  const shade = episodes[0]?.pictures[0];
  if (episodes.every(({ pictures: all }) => all.every((value) => value === shade))) {
    throw new ForesightError(
      'bad-data',
      `Every picture of ${camerasInWords(eyes)} is one even colour: it is covered, or sees nothing.`,
      'Look at the pictures in the room Episodes, uncover the camera, and record again.',
    );
  }
  if (episodes.some((episode) => episode.rows - firstSeeing(episode) > steps)) return;
  throw new ForesightError(
    'bad-data',
    `No episode has more than ${steps} steps with pictures, over which a state is carried while the encoder learns.`,
    `Choose ${eyes.recurrent ? 'a shorter window (--window)' : 'fewer unrolled steps (--unroll)'}, or longer episodes.`,
  );
}

/** With a capital letter. */
const beginning = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The latent states of recorded episodes, as episodes of them. @param still rows that are learned from behind an end of an episode */
export async function throughEyes(
  engine: Engine,
  eyes: Eyes,
  episodes: readonly SeenEpisode[],
  still = 0,
): Promise<OpenEpisodes> {
  const seeing = await Seeing.open(engine, eyes);
  try {
    const latent = [];
    for (const episode of episodes) latent.push(await seeing.episode(absorbing(episode, still)));
    const { source, stretches: whole } = sourceOf(latent);
    const stretches = whole.map((one, i) => ({ ...one, rows: one.rows - (episodes[i]?.ended ? still : 0) }));
    return {
      ...{ source, stretches, close: () => undefined },
      learnable(stretch) {
        const place = stretches.findIndex(
          ({ episode, firstRow, rows }) =>
            episode === stretch.episode && firstRow + rows === stretch.firstRow + stretch.rows,
        );
        const more = place < 0 ? 0 : whole[place]!.rows - stretches[place]!.rows;
        return { ...stretch, rows: stretch.rows + more };
      },
    };
  } finally {
    await seeing.dispose();
  }
}

/** Episodes as a model has them: of one that learned from pictures, the latent states that it infers. */
export async function openFor(model: DynamicsModel, given: JobEpisodes): Promise<OpenEpisodes> {
  const opened = openEpisodes(given);
  const { eyes } = model;
  if (!eyes) return opened;
  opened.close();
  const engine = await openEngineOrDefault(model.summary.options.engine);
  return throughEyes(engine, eyes, await readSeen(given, opened.stretches, eyes.summary));
}

/** Steps that pictures are judged on at most. */
const JUDGED = { most: 5000, piece: 500 };

/** What the model shows of what was seen in some stretches, or in a sample of much. Null of one that sees nothing. */
export async function seenVerdict(
  engine: Engine,
  model: DynamicsModel,
  given: JobEpisodes,
  stretches: readonly EpisodeStretch[],
): Promise<Evaluation['pictures']> {
  const { eyes } = model;
  if (!eyes || stretches.length === 0) return null;
  const seen = await readSeen(given, sampledStretches(stretches, JUDGED), eyes.summary);
  return judgePictures(engine, model, seen, readTruth(given, seen));
}

/** What the rig measured while it was seen. */
function readTruth(given: JobEpisodes, seen: readonly SeenEpisode[]): Truth {
  const reader = openLogReader(requireLog(given));
  try {
    const values = seen.map((episode): [SeenEpisode, Float64Array] => {
      const { id, firstRow, rows } = episode;
      return [episode, reader.columns(id, firstRow, firstRow + rows).observations];
    });
    const [first] = seen;
    return { channels: first ? reader.observations(first.id) : [], values: new Map(values) };
  } finally {
    reader.close();
  }
}

/** A reader as a log for whoever waits for one. @param end the row that an episode is read up to */
const asLog = (
  reader: LogReader,
  folder: string,
  end: (id: number) => number,
): Parameters<typeof FrameBatches.open>[0] => ({
  folder,
  cameras: async (id) => reader.cameras(id),
  columns: async (id) => reader.columns(id, 0, end(id)),
  recording: async (id) => reader.recording(id),
  frameTimes: async (id, camera) => reader.frameTimes(id, camera),
  frames: async (id, camera, from, to) => reader.frames(id, camera, from, to),
});
