import { isSimulated } from '../../../shared/camera';
import { ForesightError } from '../../../shared/errors';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import { Random } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import type { TaskFile } from '../../../shared/task';
import { SimulatedCameras } from '../../camera/simulated/cameras';
import { looker } from '../../camera/training/look';
import { Seeing } from '../../dynamics/latent/seeing';
import { pixelsOf } from '../../dynamics/latent/size';
import type { Eyes } from '../../dynamics/types';
import { openPlant, type Plant } from '../../rig/drivers/mujoco/plant';
import { compileTask } from '../../task';
import type { Engine } from '../../tensor';
import type { Moving } from './modelled';

/** `seconds · rate` may lie below a whole number by this: what 0.05 · 3 · 20 is off for being written in binary. */
const TICK_ROUNDING = 1e-6;

/** A simulation as a camera shows it. */
export interface SeenPlant extends Moving {
  /** What is decided by now: the newest pictures, oldest first, [stack] each [size, size, colours], 0 to 255. */
  pictures(): readonly Uint8Array[];
}

/**
 * A rig's simulation for whoever acts by pictures: what is observed is the latent state that its camera's pictures tell, when each is
 * due as on the rig itself; what is earned is judged by what truly happened.
 * @throws ForesightError wrong-use for a rig without this camera, or one that is not simulated
 */
export async function seenPlant(
  rig: Rig,
  task: TaskFile,
  { eyes, engine, seed }: { eyes: Eyes; engine: Engine; seed: number },
): Promise<SeenPlant> {
  requireSimulatedCamera(rig, eyes.summary);
  const plant = await openPlant(rig, seed);
  const cameras = await SimulatedCameras.open(rig);
  return new Seen(rig, task, eyes, { plant, cameras, seeing: await Seeing.open(engine, eyes, 1) });
}

class Seen implements SeenPlant {
  readonly #camera: { place: number; rate: number };
  readonly #show: ReturnType<typeof looker>;
  readonly #task: ReturnType<typeof compileTask>;
  #pictures: Uint8Array[] = [];
  #noise = new Random(0);
  #step = 0;
  /** Number of the camera's next picture. */
  #next = 0;
  #observation: Float64Array = new Float64Array(0);
  #judged = { reward: 0, terminated: false };

  constructor(
    private readonly rig: Rig,
    task: TaskFile,
    private readonly eyes: Eyes,
    private readonly parts: { plant: Plant; cameras: SimulatedCameras; seeing: Seeing },
  ) {
    const { camera, size, colour, width, height } = eyes.summary;
    const place = rig.file.cameras.findIndex(({ name }) => name === camera);
    this.#camera = { place, rate: rig.file.cameras[place]?.rate ?? Number.NaN };
    this.#show = looker({ width: size, height: size, colour }, { width, height });
    this.#task = compileTask(task, rig.file);
  }

  async reset(seed: number): Promise<Float64Array> {
    this.#observation = this.parts.plant.reset(seed);
    this.#noise = new Random(seed);
    this.#pictures = [];
    [this.#step, this.#next] = [0, 0];
    return this.#see();
  }

  async step(action: ArrayLike<number>): Promise<Float64Array> {
    const [before, given] = [this.#observation, Float64Array.from(action)];
    const after = this.parts.plant.step(given);
    this.#judged = {
      reward: this.#task.reward(before, given, after),
      terminated: this.#task.terminated(before, given, after),
    };
    this.#observation = after;
    this.#step++;
    return this.#see();
  }

  judged(): { reward: number; terminated: boolean } {
    return this.#judged;
  }

  pictures(): readonly Uint8Array[] {
    const { stack } = this.eyes.summary;
    const [first] = this.#pictures as [Uint8Array];
    const missing = stack - this.#pictures.length;
    return [...Array.from({ length: Math.max(0, missing) }, () => first), ...this.#pictures];
  }

  async dispose(): Promise<void> {
    this.parts.plant.dispose();
    this.parts.cameras.dispose();
    await this.parts.seeing.dispose();
  }

  async #see(): Promise<Float64Array> {
    const { place, rate } = this.#camera;
    const sequence = Math.floor(this.#step * this.rig.file.periodSeconds * rate + TICK_ROUNDING);
    const newest = sequence >= this.#next ? this.#picture(place, sequence) : this.#pictures.at(-1);
    this.#pictures = [...this.#pictures, newest as Uint8Array].slice(-this.eyes.summary.stack);
    return Float64Array.from(await this.parts.seeing.state(this.pictures()));
  }

  #picture(place: number, sequence: number): Uint8Array {
    this.#next = sequence + 1;
    const { positions } = this.parts.plant.state();
    const seed = this.#noise.fork(`picture ${place} ${sequence}`).integer(2 ** 31);
    const { rgb, width, height } = this.parts.cameras.picture(place, positions, seed);
    const picture = new Uint8Array(pixelsOf(this.eyes.summary));
    this.#show({ data: rgb, width, height, channels: 3 }, picture);
    return picture;
  }
}

/** @throws ForesightError wrong-use for a simulation in which whoever acts by these pictures would see nothing */
export function requireSimulatedCamera({ file }: Rig, { camera }: Pick<EyesSummary, 'camera'>): void {
  const found = file.cameras.find(({ name }) => name === camera);
  if (found && isSimulated(found)) return;
  throw new ForesightError(
    'wrong-use',
    `This policy acts by what the camera "${camera}" shows, and the simulation of "${file.name}" has no such camera.`,
    'Let it drive the rig itself, or add the camera to "cameras" in the rig.json of the simulation.',
  );
}
