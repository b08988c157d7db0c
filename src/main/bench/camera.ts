import { Camera } from '../../shared/camera';
import { quantile } from '../../shared/statistics';
import { SimulatedCameras } from '../camera/simulated/cameras';
import { loadRig } from '../rig';
import { openPlant } from '../rig/drivers/mujoco/plant';

const RIGS = ['pendulum', 'cartpole-balance', 'cartpole-swingup', 'reacher', 'half-cheetah'];
/** Frames a second of 64 × 64 pixels on one core, by rays for each pixel. */
export const CAMERA_BARS = { 1: 500, 4: 150 } as const;
const ROUNDS = 7;
const ROUND_MS = 150;

export interface CameraRow {
  rig: string;
  raysPerPixel: 1 | 4;
  /** Median of some rounds. */
  framesPerSecond: number;
  bar: number;
}

/** Pictures of 64 × 64 pixels of the built-in rigs in this thread, each of another pose; rigs and rays take turns. */
export async function benchCamera(): Promise<{ cameras: CameraRow[] }> {
  const timers: { rig: string; raysPerPixel: 1 | 4; rates: number[]; round(): number; dispose(): void }[] =
    [];
  try {
    for (const rig of RIGS) {
      for (const raysPerPixel of [1, 4] as const) {
        timers.push({ rig, raysPerPixel, rates: [], ...(await timerOf(rig, raysPerPixel)) });
      }
    }
    for (const timer of timers) timer.round();
    for (let i = 0; i < ROUNDS; i++) for (const timer of timers) timer.rates.push(timer.round());
  } finally {
    for (const timer of timers) timer.dispose();
  }
  return {
    cameras: timers.map(({ rig, raysPerPixel, rates }) => ({
      ...{ rig, raysPerPixel, bar: CAMERA_BARS[raysPerPixel] },
      framesPerSecond: quantile(rates, 0.5),
    })),
  };
}

async function timerOf(name: string, raysPerPixel: 1 | 4) {
  const rig = await loadRig(name);
  const source = { kind: 'simulated', camera: 'front', raysPerPixel };
  const camera = Camera.parse({ name: 'front', width: 64, height: 64, rate: 1, source });
  const file = { ...rig.file, cameras: [camera] };
  const plant = await openPlant(rig, 0);
  const pose = plant.state().positions;
  plant.dispose();
  const cameras = await SimulatedCameras.open({ ...rig, file });
  return {
    dispose: () => cameras.dispose(),
    /** Frames a second. */
    round: () => {
      const began = performance.now();
      let frames = 0;
      while (performance.now() - began < ROUND_MS) {
        for (let i = 0; i < pose.length; i++) pose[i] = (pose[i] ?? 0) + 0.001;
        cameras.picture(0, pose, frames++);
      }
      return (frames * 1000) / (performance.now() - began);
    },
  };
}
