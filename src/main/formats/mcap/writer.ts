import { open } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { McapWriter } from '@mcap/core';
import type { Scene } from '../../../shared/drawing';
import type { ChannelInfo, EpisodeColumns, EpisodeEvent, EpisodeSummary } from '../../../shared/episode';
import type { ExportSource, FormatWriter } from '../types';
import {
  EPISODE,
  EVENT_TOPIC,
  JOINT_STATE,
  JOINT_TOPIC,
  LOG,
  RECORDING,
  STEP,
  STEP_TOPIC,
  STILL_TOPIC,
  TRANSFORM_TOPIC,
  TRANSFORMS,
} from './schemas';
import { type Transform, Transforms } from './transforms';

/** MCAP with JSON messages: steps, joints and events on one time line, the rig file attached. */
export const mcapWriter: FormatWriter = {
  title: 'MCAP',
  place: 'file',
  takesScene: true,
  losses: (episodes) => [
    'What plans predicted is not exported; everything else of a step is.',
    ...(jointsOf(episodes[0]?.observations ?? []).length > 0
      ? []
      : [`No observation is in rad or m, so there is no ${JOINT_TOPIC}.`]),
  ],
  async write(source, path) {
    const handle = await open(path, 'wx');
    try {
      let position = 0n;
      const writer = new McapWriter({
        writable: {
          async write(bytes) {
            for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
            position += BigInt(bytes.length);
          },
          position: () => position,
        },
        ...(zlib.zstdCompressSync && {
          compressChunk: (bytes) => ({ compression: 'zstd', compressedData: zlib.zstdCompressSync(bytes) }),
        }),
      });
      await writer.start({ profile: '', library: 'Foresight' });
      await writeAll(writer, source);
      await writer.end();
    } finally {
      await handle.close();
    }
  },
};

interface Channels {
  step: number;
  joints: number;
  events: number;
  /** Where the rig of some episode is known. */
  transforms?: { moving: number; still: number };
}

async function writeAll(writer: McapWriter, source: ExportSource): Promise<void> {
  const [first] = source.episodes;
  if (first === undefined) return;
  const { rig, periodSeconds, observations, actions } = first;
  const described = { rig, periodSeconds, observations, actions, version: 1 };
  const metadata = Object.entries(described).map(([key, value]) => [key, JSON.stringify(value)] as const);
  await writer.addMetadata({ name: RECORDING, metadata: new Map(metadata) });
  await writer.addAttachment({
    ...{ name: 'rig.json', mediaType: 'application/json', logTime: 0n, createTime: 0n },
    data: encoded(await source.rigFile(first)),
  });
  const channels: Channels = {
    step: await channel(writer, STEP_TOPIC, 'foresight.Step', STEP),
    joints: await channel(writer, JOINT_TOPIC, 'sensor_msgs/JointState', JOINT_STATE),
    events: await channel(writer, EVENT_TOPIC, 'foxglove.Log', LOG),
  };
  if (await hasScene(source)) {
    channels.transforms = {
      moving: await channel(writer, TRANSFORM_TOPIC, 'foxglove.FrameTransforms', TRANSFORMS),
      still: await channel(writer, STILL_TOPIC, 'foxglove.FrameTransforms', TRANSFORMS),
    };
  }
  let free = 0n;
  for (const episode of source.episodes) free = await writeEpisode(writer, channels, source, episode, free);
}

async function hasScene({ episodes, scene }: ExportSource): Promise<boolean> {
  for (const episode of episodes) if ((await scene(episode)) !== null) return true;
  return false;
}

async function channel(writer: McapWriter, topic: string, name: string, schema: object): Promise<number> {
  const schemaId = await writer.registerSchema({ name, encoding: 'jsonschema', data: encoded(schema) });
  return writer.registerChannel({ topic, schemaId, messageEncoding: 'json', metadata: new Map() });
}

const encoded = (document: unknown) => new TextEncoder().encode(JSON.stringify(document));

/** Between two episodes that would lie on one another on the file's time line, ns. */
const APART = 1_000_000_000n;

/** @param free the file's time from which on nothing lies @returns the same after this episode */
async function writeEpisode(
  writer: McapWriter,
  channels: Channels,
  source: ExportSource,
  episode: EpisodeSummary,
  free: bigint,
): Promise<bigint> {
  const began = BigInt(Math.round(episode.startedAt * 1000)) * 1000n;
  const start = began < free ? free : began;
  const { id, source: from, startedAt, terminated, reason, tags, steps } = episode;
  const events = await source.events(episode);
  const described = { id, source: from, startedAt, terminated, reason, tags, rows: steps + 1 };
  const metadata = Object.entries(described).map(([key, value]) => [key, JSON.stringify(value)] as const);
  await writer.addMetadata({ name: EPISODE, metadata: new Map(metadata) });
  const joints = jointsOf(episode.observations);
  const sayPlaces = placesSaid(writer, channels, await source.scene(episode), episode);
  let step = 0;
  let next = 0;
  let last = start;
  let device: number | undefined;
  for await (const rows of source.rows(episode)) {
    device ??= rows.deviceSeconds[0] ?? Number.NaN;
    for (let row = 0; row < rows.rows; row++, step++) {
      const host = rows.hostSeconds[row] ?? 0;
      const logTime = later(start + nanoseconds(host), last);
      const since = (rows.deviceSeconds[row] ?? Number.NaN) - device;
      // Logged when it came here, published when the device took it; the device's clock began with the episode.
      const publishTime = Number.isFinite(since) ? start + nanoseconds(Math.max(0, since)) : logTime;
      const times = { sequence: step, logTime, publishTime };
      const message = messageOf(rows, row, episode, step);
      await writer.addMessage({ ...times, channelId: channels.step, data: encoded(message) });
      if (joints.length > 0) {
        const state = jointState(rows, row, episode, joints, publishTime);
        await writer.addMessage({ ...times, channelId: channels.joints, data: encoded(state) });
      }
      await sayPlaces?.(times, observationAt(rows, row, episode));
      for (; (events[next]?.step ?? Number.POSITIVE_INFINITY) <= step; next++) {
        const data = encoded(logOf(events[next]!, logTime));
        await writer.addMessage({
          sequence: next,
          logTime,
          publishTime: logTime,
          channelId: channels.events,
          data,
        });
      }
      last = logTime;
    }
  }
  return last + APART;
}

const later = (time: bigint, before: bigint) => (time < before ? before : time);
const nanoseconds = (seconds: number) => BigInt(Math.round(seconds * 1e9));
const stamp = (time: bigint) => ({ sec: Number(time / 1_000_000_000n), nsec: Number(time % 1_000_000_000n) });

interface Times {
  sequence: number;
  logTime: bigint;
  publishTime: bigint;
}

/** Says where the bodies of a rig are at a step; those that stand still at the first one alone. */
function placesSaid(
  writer: McapWriter,
  { transforms: ids }: Channels,
  scene: Scene | null,
  { observations }: EpisodeSummary,
): ((times: Times, observation: Float64Array) => Promise<void>) | undefined {
  if (scene === null || ids === undefined) return undefined;
  const places = new Transforms(scene, observations);
  const say = (times: Times, channelId: number, transforms: readonly Transform[]) => {
    const data = encoded(stamped(transforms, times.publishTime));
    return writer.addMessage({ ...times, channelId, data });
  };
  return async (times, observation) => {
    if (times.sequence === 0 && places.still.length > 0) await say(times, ids.still, places.still);
    await say(times, ids.moving, places.moving(observation));
  };
}

const stamped = (transforms: readonly Transform[], time: bigint) => ({
  transforms: transforms.map((one) => ({ timestamp: stamp(time), ...one })),
});

function observationAt(rows: EpisodeColumns, row: number, { observations }: EpisodeSummary): Float64Array {
  const width = observations.length;
  return rows.observations.subarray(row * width, (row + 1) * width);
}

/** NaN becomes null, as JSON has it. */
function messageOf(
  rows: EpisodeColumns,
  row: number,
  { id, observations, actions }: EpisodeSummary,
  step: number,
) {
  const named = (channels: readonly ChannelInfo[], values: Float64Array) =>
    Object.fromEntries(channels.map(({ name }, i) => [name, values[row * channels.length + i]]));
  return {
    ...{ episode: id, step, host_seconds: rows.hostSeconds[row], device_seconds: rows.deviceSeconds[row] },
    observation: named(observations, rows.observations),
    action: named(actions, rows.actions),
    requested: named(actions, rows.requested),
    ...{ reward: rows.reward[row], lateness_seconds: rows.latenessSeconds[row] },
    ...{ plan_ms: rows.planMs[row], missed: rows.missed[row] },
  };
}

/** Observations that are positions of joints, by their number. */
function jointsOf(observations: readonly ChannelInfo[]): number[] {
  return [...observations.keys()].filter((i) => ['rad', 'm'].includes(observations[i]?.unit ?? ''));
}

function jointState(
  rows: EpisodeColumns,
  row: number,
  { observations }: EpisodeSummary,
  joints: readonly number[],
  time: bigint,
) {
  return {
    header: { stamp: stamp(time), frame_id: '' },
    name: joints.map((i) => observations[i]?.name),
    position: joints.map((i) => rows.observations[row * observations.length + i]),
    ...{ velocity: [], effort: [] },
  };
}

const [INFO, WARNING, ERROR] = [2, 3, 4];
const LEVELS: Partial<Record<EpisodeEvent['kind'], number>> = {
  ...{ note: INFO, reset: INFO, release: INFO, resume: INFO, adjusted: INFO, 'model-swapped': INFO },
  ...{ 'rig-fault': ERROR, watchdog: ERROR, stop: ERROR },
};

function logOf({ kind, message, step }: EpisodeEvent, time: bigint) {
  return {
    timestamp: stamp(time),
    level: LEVELS[kind] ?? WARNING,
    message,
    name: kind,
    file: '',
    line: step,
  };
}
