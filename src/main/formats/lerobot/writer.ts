import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EpisodeEvent, EpisodeSummary } from '../../../shared/episode';
import { type FrameBlock, framesOf, lastObservation, lastSeries } from '../frames';
import { type ColumnValues, int64s } from '../parquet/pages';
import { TableWriter } from '../parquet/table-writer';
import type { Captures, ExportSource, FormatWriter } from '../types';
import {
  CHUNK_FILES,
  CODEBASE_VERSION,
  chunkFile,
  DATA_FILE_MB,
  type Features,
  featuresOf,
  tableColumns,
  type VideoFeature,
  videoKey,
} from './layout';
import { type FeatureStats, joinedStats, RunningStats } from './stats';
import { type EpisodeRow, writeEpisodes, writeTasks } from './tables';
import { CameraVideo, VIDEO_FILE_MB } from './videos';

/** What stands in meta/foresight.json, which LeRobot passes over: what its own files have no place for. */
export interface LeRobotNote {
  version: 1;
  rig: string;
  rigFile: unknown;
  periodSeconds: number;
  observations: EpisodeSummary['observations'];
  actions: EpisodeSummary['actions'];
  episodes: {
    frames: number;
    startedAt: number;
    terminated: boolean;
    reason: string;
    tags: string[];
    events: EpisodeEvent[];
    /** The observation after the last frame. */
    lastObservation: number[];
    /** What else is known of that row. */
    last: ReturnType<typeof lastSeries>;
    /** Of each camera, when the pictures that rows saw were captured. */
    cameras: (Captures & { name: string })[];
  }[];
}

/** LeRobotDataset v3.0: many episodes a file, a frame a row; what cameras saw as videos of the pictures as they are. */
export const lerobotWriter: FormatWriter = {
  title: `LeRobot ${CODEBASE_VERSION}`,
  place: 'folder',
  takesPictures: true,
  losses(episodes) {
    const rate = 1 / (episodes[0]?.periodSeconds ?? 1);
    return [
      'Observations, actions and rewards are rounded to 32 bits (about seven digits).',
      'Its timestamps are frame number by rate; the true times stand in foresight.host_seconds and foresight.device_seconds.',
      'What plans predicted, lateness and planning times are not exported; events and the last observation stand in meta/foresight.json, which LeRobot does not read.',
      "A row's picture is the one that its step saw, so one that was dropped is the one before it again, and one that no step saw stays behind; black before the first.",
      ...(haveRewards(episodes) ? [] : ['Not every episode has rewards, so there is no next.reward.']),
      ...(isWhole(rate) ? [] : [`LeRobot expects whole frames a second, and these are ${rate}.`]),
    ];
  },
  async write(source, path) {
    const [first] = source.episodes;
    if (first === undefined) return;
    const features = featuresOf(first.observations, first.actions, haveRewards(source.episodes));
    await new Writing(source, path, features, 1 / first.periodSeconds).all(first);
  },
};

/** Statistics of what nobody knows would be no numbers. */
const haveRewards = (episodes: readonly EpisodeSummary[]) => episodes.every((one) => one.return !== null);

const isWhole = (rate: number) => Math.abs(rate - Math.round(rate)) < 1e-6;

class Writing {
  readonly #rows: EpisodeRow[] = [];
  readonly #notes: LeRobotNote['episodes'] = [];
  readonly #tasks: string[] = [];
  readonly #totals: Record<string, FeatureStats> = {};
  #table: TableWriter | undefined;
  #files = 0;
  readonly #videos: CameraVideo[];
  #frames = 0;

  constructor(
    private readonly source: ExportSource,
    private readonly path: string,
    private readonly features: Features,
    rate: number,
  ) {
    this.#videos = source.cameras.map(
      (camera) =>
        new CameraVideo(camera, rate, (number) => {
          const { chunk, file } = this.#place(number);
          return this.#inside(join('videos', videoKey(camera.name)), chunkFile(chunk, file, 'mp4'));
        }),
    );
  }

  async all(first: EpisodeSummary): Promise<void> {
    try {
      for (const episode of this.source.episodes) await this.#episode(episode);
      await this.#table?.finish();
      this.#table = undefined;
      for (const video of this.#videos) await video.finish();
    } finally {
      await this.#table?.abandon();
      for (const video of this.#videos) await video.abandon();
    }
    await this.#meta(first);
  }

  /** Data files are closed between episodes: an episode lies in one. */
  async #tableFor(): Promise<TableWriter> {
    if (this.#table !== undefined && this.#table.bytes < DATA_FILE_MB * 1e6) return this.#table;
    await this.#table?.finish();
    this.#table = undefined;
    const { chunk, file } = this.#place(this.#files++);
    const path = await this.#inside('data', chunkFile(chunk, file));
    this.#table = await TableWriter.create(path, tableColumns(this.features), {});
    return this.#table;
  }

  #place(file: number) {
    return { chunk: Math.floor(file / CHUNK_FILES), file: file % CHUNK_FILES };
  }

  async #episode(episode: EpisodeSummary): Promise<void> {
    const table = await this.#tableFor();
    const task = this.#task(`${episode.source} on ${episode.rig}`);
    const stats = Object.fromEntries(
      Object.entries(this.features).map(([name, { shape }]) => [
        name,
        new RunningStats(shape[0] ?? 1, episode.steps),
      ]),
    );
    const from = this.#frames;
    let last: FrameBlock | undefined;
    for await (const block of framesOf(this.source, episode)) {
      const values = this.#values(episode, block, task);
      Object.keys(this.features).forEach((name, i) => {
        stats[name]?.add(numeric(values[i] ?? []), block.frames);
      });
      await table.writeGroup(block.frames, values);
      this.#frames += block.frames;
      last = block;
    }
    const found = Object.fromEntries(Object.entries(stats).map(([name, running]) => [name, running.stats()]));
    for (const [name, one] of Object.entries(found))
      this.#totals[name] = joinedStats(this.#totals[name], one);
    const length = this.#frames - from;
    const videos: EpisodeRow['videos'] = {};
    const cameras: LeRobotNote['episodes'][number]['cameras'] = [];
    for (const video of this.#videos) {
      const { name } = video.camera;
      cameras.push({ name, ...(await this.source.captures(episode, video.camera)) });
      const { file, ...seconds } = await video.add(this.source.files(episode, video.camera), length);
      videos[videoKey(name)] = { ...this.#place(file), ...seconds };
    }
    this.#rows.push({
      ...{ episode: this.#rows.length, task: this.#tasks[task] ?? '', length, from, to: this.#frames },
      ...{ data: this.#place(this.#files - 1), stats: found, videos },
    });
    const { startedAt, terminated, reason, tags } = episode;
    const events = await this.source.events(episode);
    const lastOne = last === undefined ? [] : lastObservation(last, episode.observations.length);
    this.#notes.push({
      frames: length,
      startedAt,
      terminated,
      reason,
      tags,
      events,
      lastObservation: lastOne,
      last: lastSeries(last),
      cameras,
    });
  }

  #task(text: string): number {
    if (!this.#tasks.includes(text)) this.#tasks.push(text);
    return this.#tasks.indexOf(text);
  }

  /** In the order of the features. */
  #values({ steps, periodSeconds }: EpisodeSummary, block: FrameBlock, task: number): ColumnValues[] {
    const { first, frames, rows, rewardAfter } = block;
    const single = (values: Float64Array) => {
      const width = values.length / rows.rows;
      return Float32Array.from(values.subarray(0, frames * width));
    };
    return [
      ...[single(rows.observations), single(rows.actions), single(rows.requested)],
      ...[rows.hostSeconds.slice(0, frames), rows.deviceSeconds.slice(0, frames)],
      ...('next.reward' in this.features ? [Float32Array.from(rewardAfter)] : []),
      Array.from({ length: frames }, (_, i) => first + i === steps - 1),
      Float32Array.from({ length: frames }, (_, i) => (first + i) * periodSeconds),
      int64s(frames, (i) => first + i),
      int64s(frames, () => this.#rows.length),
      int64s(frames, (i) => this.#frames + i),
      int64s(frames, () => task),
    ];
  }

  async #meta({ rig, periodSeconds, observations, actions }: EpisodeSummary): Promise<void> {
    const [first] = this.source.episodes;
    const rate = 1 / periodSeconds;
    const info = {
      ...{ codebase_version: CODEBASE_VERSION, robot_type: rig },
      ...{ total_episodes: this.#rows.length, total_frames: this.#frames, total_tasks: this.#tasks.length },
      ...{
        chunks_size: CHUNK_FILES,
        data_files_size_in_mb: DATA_FILE_MB,
        video_files_size_in_mb: VIDEO_FILE_MB,
      },
      fps: isWhole(rate) ? Math.round(rate) : rate,
      splits: { train: `0:${this.#rows.length}` },
      data_path: 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet',
      video_path:
        this.#videos.length === 0
          ? null
          : 'videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4',
      features: { ...this.features, ...this.#videoFeatures(rate) },
    };
    const note: LeRobotNote = {
      ...{ version: 1, rig, rigFile: first && (await this.source.rigFile(first)), periodSeconds },
      ...{ observations, actions, episodes: this.#notes },
    };
    await writeEpisodes(await this.#inside('meta/episodes', chunkFile(0, 0)), this.#rows);
    await writeTasks(await this.#inside('meta', 'tasks.parquet'), this.#tasks);
    const json = async (name: string, document: unknown) =>
      writeFile(
        await this.#inside('meta', name),
        `${JSON.stringify(document, null, name === 'foresight.json' ? undefined : 4)}\n`,
      );
    await json('stats.json', { ...this.#totals, ...this.#videoStats() });
    await json('foresight.json', note);
    await json('info.json', info);
  }

  #videoFeatures(rate: number): Record<string, VideoFeature> {
    return Object.fromEntries(
      this.#videos.map(({ camera: { name, width, height }, codecs }) => [
        videoKey(name),
        {
          ...{ dtype: 'video', shape: [height, width, 3], names: ['height', 'width', 'channels'] },
          info: {
            ...{
              'video.height': height,
              'video.width': width,
              'video.codec': codecs,
              'video.pix_fmt': codecs === 'png' ? 'rgb24' : 'yuvj420p',
            },
            ...{ 'video.is_depth_map': false, 'video.fps': rate, 'video.channels': 3, has_audio: false },
          },
        },
      ]),
    );
  }

  /** One number a colour, as [3, 1, 1]. */
  #videoStats(): Record<string, unknown> {
    return Object.fromEntries(
      this.#videos.flatMap(({ camera, stats }) =>
        stats === undefined
          ? []
          : [
              [
                videoKey(camera.name),
                Object.fromEntries(
                  Object.entries(stats).map(([name, values]) => [
                    name,
                    name === 'count' ? values : (values as number[]).map((value) => [[value]]),
                  ]),
                ),
              ],
            ],
      ),
    );
  }

  async #inside(folder: string, file: string): Promise<string> {
    const path = join(this.path, folder, file);
    await mkdir(dirname(path), { recursive: true });
    return path;
  }
}

/** 64-bit numbers as numbers, truth as 0 and 1. */
function numeric(values: ColumnValues): ArrayLike<number> {
  if (Array.isArray(values)) return values.map(Number);
  if (!(values instanceof BigInt64Array)) return values;
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  return Float64Array.from(
    { length: values.length },
    (_, i) => (words[2 * i] ?? 0) + (words[2 * i + 1] ?? 0) * 2 ** 32,
  );
}
