import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { createCore } from '../core';
import { heardOf } from '../processes/heard';
import { hostHere } from '../processes/here-host';
import type { Host } from '../processes/port';
import { type FromBenchProcess, HEARD_OF_BENCH, type ToBenchProcess } from './bench-messages';
import { ownPeakMB, sumPeaks } from './peak-memory';

/** What the core and the rig's process may take together, 10⁶ bytes. */
export const RECORDING_BAR_MB = 400;
const CAMERA_RATE = 30;

export interface RecordingBenchOptions {
  seconds: number;
  /** Observations, two a joint. */
  channels: number;
  /** Steps a second. */
  rate: number;
  cameras: number;
}

export interface RecordingReport extends RecordingBenchOptions {
  steps: number;
  /** Periods in which no step was made. */
  overruns: number;
  pictures: { name: string; frames: number; dropped: number }[];
  /** Highest resident memory of the core and of the rig's process, 10⁶ bytes; null where the system does not tell. */
  coreMB: number | null;
  rigMB: number | null;
  barMB: number;
  fileMB: number;
  /** Lateness of the loop's ticks, ms. */
  latenessMs: { p50: number; p99: number; max: number } | null;
  fits: boolean;
}

/**
 * Records one long episode in real time as a lab would: a rig of many channels, cameras that another process serves over HTTP, a core
 * with real SQLite files, and looks at what was dropped and how much memory it took.
 */
export async function benchRecording(
  options: RecordingBenchOptions,
  onStep: (step: number) => void = () => {},
): Promise<RecordingReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-recording-'));
  const host = hostHere();
  const lab = await servePictures(host);
  try {
    const rig = join(folder, 'rig');
    await writeRig(rig, options, lab.url);
    return await recordOn(join(folder, 'workspace'), rig, host, options, onStep);
  } finally {
    lab.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function recordOn(
  folder: string,
  rig: string,
  host: Host,
  options: RecordingBenchOptions,
  onStep: (step: number) => void,
): Promise<RecordingReport> {
  const watched = sumPeaks(host);
  const core = await createCore({ folder, host: watched.host, hostKind: 'node', version: 'bench' });
  try {
    await core.rig.connect({ rig, mode: 'realtime', seed: 0 });
    const maxSteps = Math.round(options.seconds * options.rate);
    const wanted = { episodes: 1, maxSteps, useTermination: false, seed: 0, unattended: true };
    const [outcome] = await core.activity.record(wanted, { onStep });
    if (!outcome) throw new ForesightError('internal', 'Nothing was recorded.', 'Run the benchmark again.');
    const { id, steps, overruns } = outcome.summary;
    const { jitter } = core.rig.status.link;
    await core.rig.disconnect();
    const cameras = await core.log.cameras(id);
    const coreMB = ownPeakMB();
    const rigMB = watched.totalMB();
    const dropped = cameras.reduce((sum, camera) => sum + camera.dropped, 0);
    return {
      ...options,
      ...{ steps, overruns, coreMB, rigMB, barMB: RECORDING_BAR_MB },
      pictures: cameras.map(({ name, frames, dropped }) => ({ name, frames, dropped })),
      fileMB: (await stat(join(folder, 'foresight.db'))).size / 1e6,
      latenessMs: jitter && { p50: jitter.p50, p99: jitter.p99, max: jitter.max },
      fits:
        steps === maxSteps &&
        overruns === 0 &&
        dropped === 0 &&
        coreMB !== null &&
        rigMB !== null &&
        coreMB + rigMB <= RECORDING_BAR_MB,
    };
  } finally {
    watched.stop();
    await core.close();
  }
}

/** A row of swings beside each other. */
async function writeRig(
  folder: string,
  { channels, rate, cameras }: RecordingBenchOptions,
  url: string,
): Promise<void> {
  const joints = Array.from({ length: Math.ceil(channels / 2) }, (_, i) => `j${i}`);
  const period = 1 / rate;
  const bodies = joints
    .map(
      (name, i) =>
        `<body pos="${0.1 * i} 0 0"><joint name="${name}" type="hinge" axis="0 1 0" damping="0.01"/>` +
        `<geom type="capsule" fromto="0 0 0 0 0 -0.3" size="0.02" mass="0.1"/></body>`,
    )
    .join('');
  const model =
    `<mujoco><option timestep="${period}"><flag contact="disable"/></option><worldbody>${bodies}</worldbody>` +
    `<actuator><motor name="m" joint="j0" ctrlrange="-1 1"/></actuator></mujoco>`;
  const observations = joints.flatMap((joint) => [
    { name: `${joint}_angle`, unit: 'rad', source: { joint, quantity: 'position' } },
    { name: `${joint}_speed`, unit: 'rad/s', source: { joint, quantity: 'velocity' } },
  ]);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'rig.xml'), model);
  await writeFile(
    join(folder, 'rig.json'),
    JSON.stringify({
      ...{ schema: 'foresight.rig/1', name: 'many-swings', title: 'Many swings', driver: 'mujoco' },
      mujoco: { model: 'rig.xml' },
      periodSeconds: period,
      observations: observations.slice(0, channels),
      actions: [{ name: 'torque', unit: 'N m', limits: [-1, 1], actuator: 'm' }],
      cameras: Array.from({ length: cameras }, (_, i) => ({
        ...{ name: `camera-${i + 1}`, width: 640, height: 480, rate: CAMERA_RATE },
        source: { kind: 'stream', url },
      })),
      task: { name: 'none', reward: '0', maxSteps: 1000 },
      scene: { model: 'rig.xml', joints: { j0: 'j0_angle' } },
    }),
  );
}

async function servePictures(host: Host): Promise<{ url: string; end(): void }> {
  const child = await host.spawn('bench-process', { label: 'The process that serves pictures' });
  const url = await new Promise<string>((resolve, reject) => {
    child.onMessage((received) => {
      const message = heardOf<FromBenchProcess>(HEARD_OF_BENCH, received, 'a process that serves pictures');
      if (message?.type === 'serving') resolve(message.url);
      if (message?.type === 'failed') reject(ForesightError.fromShape(message.error));
    });
    child.onClose((reason) => reject(new ForesightError('internal', reason, 'Run the benchmark again.')));
    child.post({ type: 'serve', rate: CAMERA_RATE } satisfies ToBenchProcess);
  });
  return { url, end: () => child.kill() };
}
