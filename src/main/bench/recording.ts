import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostHere } from '../processes/here-host';
import type { Host } from '../processes/port';
import { askBenchProcess } from './bench-child';
import type { RecordingBenchOptions, RecordingReport } from './recording-report';

const CAMERA_RATE = 30;

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
    const { answer, process } = await askBenchProcess(
      host,
      'The process that is the core',
      { type: 'be-core', workspace: join(folder, 'workspace'), rig, options },
      (message) => {
        if (message.type === 'step') onStep(message.step);
        return message.type === 'episode' ? message.report : undefined;
      },
    );
    process.kill();
    return answer;
  } finally {
    lab.end();
    await rm(folder, { recursive: true, force: true });
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
  const { answer, process } = await askBenchProcess(
    host,
    'The process that serves pictures',
    { type: 'serve', rate: CAMERA_RATE },
    (message) => (message.type === 'serving' ? message.url : undefined),
  );
  return { url: answer, end: () => process.kill() };
}
