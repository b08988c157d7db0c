import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantile } from '../../shared/statistics';
import { encodePng } from '../camera/png';
import { SimulatedCameras } from '../camera/simulated/cameras';
import { FrameBatches } from '../camera/training/frame-batches';
import { openLog } from '../log';
import { loadRig } from '../rig';

const RIG = 'pendulum-camera';
const FRAMES = 1000;
const BATCH = 32;
const TIME = 8;
const ROUNDS = 7;
const BATCHES_A_ROUND = 40;
/** Frames of 64 × 64 pixels a second on one core. */
export const FRAMES_BAR = 2000;

export interface FramesReport {
  /** Made for the first time: read from the log, decoded, scaled. */
  firstPerSecond: number;
  /** In batches of 32 windows of 8 steps, as a training takes them. */
  batchesPerSecond: number;
  bar: number;
}

/** Pictures of 64 × 64 pixels on their way from the log into a training's batches. */
export async function benchFrames(): Promise<FramesReport> {
  const folder = await mkdtemp(join(tmpdir(), 'foresight-bench-'));
  const log = await openLog(folder);
  try {
    const id = await record(log);
    const look = { width: 64, height: 64, colour: 'rgb' as const };
    const began = performance.now();
    const frames = await FrameBatches.open(log, [id], 'side', look);
    const firstPerSecond = (FRAMES * 1000) / (performance.now() - began);
    const rates: number[] = [];
    const batch = new Uint8Array(BATCH * TIME * 64 * 64 * 3);
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      for (let i = 0; i < BATCHES_A_ROUND; i++) {
        const windows = Array.from({ length: BATCH }, (_, k) => ({
          episode: 0,
          step: (i * 7919 + k * 104_729) % (FRAMES - TIME),
        }));
        frames.take(windows, TIME, batch);
      }
      rates.push((BATCHES_A_ROUND * BATCH * TIME * 1000) / (performance.now() - start));
    }
    return { firstPerSecond, batchesPerSecond: quantile(rates, 0.5), bar: FRAMES_BAR };
  } finally {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** An episode of a pendulum that goes round. */
async function record(log: Awaited<ReturnType<typeof openLog>>): Promise<number> {
  const rig = await loadRig(RIG);
  const cameras = await SimulatedCameras.open(rig);
  const { name, width, height, rate } = rig.file.cameras[0] ?? { name: '', width: 0, height: 0, rate: 0 };
  const channel = { unit: '1', angle: false, limits: null };
  const id = await log.beginEpisode({
    ...{ rig: RIG, rigFile: rig.file, source: 'random', periodSeconds: rig.file.periodSeconds },
    observations: [{ ...channel, name: 'angle' }],
    actions: [{ ...channel, name: 'torque' }],
    ...{ run: null, seed: 0, cameras: [{ name, width, height, rate }] },
  });
  for (let step = 0; step < FRAMES; step++) {
    const seconds = step * rig.file.periodSeconds;
    const angle = step * 0.1;
    const { rgb } = cameras.picture(0, [angle], step);
    const row = {
      ...{
        step,
        hostSeconds: seconds,
        deviceSeconds: seconds,
        observation: [angle],
        action: [0],
        requested: [0],
      },
      ...{ reward: 0, latenessSeconds: 0, planMs: Number.NaN, missed: 0 },
    };
    log.appendRows(id, [row], []);
    const data = encodePng(rgb, width, height);
    log.appendFrames(
      id,
      [{ camera: 0, sequence: step, hostSeconds: seconds, deviceSeconds: seconds, data }],
      [],
    );
  }
  cameras.dispose();
  await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'Benchmark.' });
  return id;
}
