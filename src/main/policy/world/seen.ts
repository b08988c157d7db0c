import { isSimulated, type SimulatedCamera } from '../../../shared/camera';
import { ForesightError } from '../../../shared/errors';
import { type Eyes as EyesSummary, viewsOf } from '../../../shared/eyes';
import { eyesLooker } from '../../../shared/look';
import type { Pixels } from '../../../shared/pixels';
import { Random } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import type { TaskFile } from '../../../shared/task';
import { SimulatedCameras } from '../../camera/simulated/cameras';
import { conditionsOf, isLost, type PoseAt, pictureDue, poseShown } from '../../camera/simulated/conditions';
import { newestActs } from '../../dynamics/latent/acts';
import { type FilterStep, filterFeeds, pictureFeeds } from '../../dynamics/latent/export-eyes';
import { type Looked, lookedAt } from '../../dynamics/latent/recurrent/glimpses';
import type { RecurrentSeeing } from '../../dynamics/latent/recurrent/recurrent-seeing';
import { Seeing } from '../../dynamics/latent/seeing';
import { pixelsOf } from '../../dynamics/latent/size';
import type { Eyes } from '../../dynamics/types';
import { openPlant, type Plant } from '../../rig/drivers/mujoco/plant';
import { compileTask } from '../../task';
import type { Engine } from '../../tensor';
import type { Judged, Moving } from './modelled';

/** A simulation as a camera shows it. */
export interface SeenPlant extends Moving {
  /** What is decided by now, as an exported encoder is given it (dynamics/latent/export-eyes.ts). */
  feeds(): Record<string, Float32Array>;
}

/**
 * A rig's simulation for whoever acts by pictures: what is observed is the latent state that its cameras' pictures tell, when each is
 * due as on the rig itself; what is earned is judged by what truly happened.
 * @throws ForesightError wrong-use for a rig without one of these cameras, or one that is not simulated
 */
export async function seenPlant(
  rig: Rig,
  task: TaskFile,
  { eyes, engine, seed }: { eyes: Eyes; engine: Engine; seed: number },
): Promise<SeenPlant> {
  const looked = requireSimulatedCameras(rig, eyes.summary);
  const plant = await openPlant(rig, seed);
  const cameras = await SimulatedCameras.open(rig);
  return new Seen(rig, task, eyes, looked, { plant, cameras, seeing: await Seeing.open(engine, eyes, 1) });
}

/** What all of them show. */
interface Shown {
  picture: Uint8Array;
  /** Of each camera whether it has a new picture. */
  isNew: boolean[];
}

/** What one of the cameras shows. */
interface Showing {
  camera: SimulatedCamera;
  /** Among the rig's cameras. */
  place: number;
  poses: PoseAt[];
  /** Number of its next picture. */
  next: number;
  newest: Pixels | null;
}

class Seen implements SeenPlant {
  readonly #show: ReturnType<typeof eyesLooker>;
  readonly #task: ReturnType<typeof compileTask>;
  #pictures: Uint8Array[] = [];
  /** Of eyes that carry on what they saw: what is believed, and the newest step that led there. */
  #belief: Float32Array | null = null;
  #newest: FilterStep | null = null;
  #showing: Showing[] = [];
  /** The newest actions of this episode. */
  #done: number[][] = [];
  #random = new Random(0);
  #step = 0;
  #observation: Float64Array = new Float64Array(0);
  #judged: Judged = { reward: 0, terminated: false };

  constructor(
    private readonly rig: Rig,
    task: TaskFile,
    private readonly eyes: Eyes,
    private readonly looked: readonly SimulatedCamera[],
    private readonly parts: { plant: Plant; cameras: SimulatedCameras; seeing: Seeing },
  ) {
    this.#show = eyesLooker(eyes.summary);
    this.#task = compileTask(task, rig.file);
  }

  async reset(seed: number): Promise<Float64Array> {
    this.#observation = this.parts.plant.reset(seed);
    this.#random = new Random(seed);
    [this.#pictures, this.#done, this.#step, this.#belief] = [[], [], 0, null];
    this.#showing = this.looked.map((camera) => ({
      ...{ camera, place: this.rig.file.cameras.indexOf(camera) },
      ...{ poses: [], next: 0, newest: null },
    }));
    return this.#see();
  }

  async step(action: ArrayLike<number>): Promise<Float64Array> {
    const [before, given] = [this.#observation, Float64Array.from(action)];
    this.#done = [...this.#done, [...given]].slice(-this.eyes.summary.stack);
    const after = this.parts.plant.step(given);
    this.#judged = {
      reward: this.#task.reward(before, given, after),
      terminated: this.#task.terminated(before, given, after),
      success: this.#task.succeeded?.(before, given, after) ?? null,
    };
    this.#observation = after;
    this.#step++;
    return this.#see();
  }

  judged(): Judged {
    return this.#judged;
  }

  feeds(): Record<string, Float32Array> {
    if (this.#newest) return filterFeeds(this.eyes.summary, this.#newest, this.#beside());
    return pictureFeeds(this.#stack(), this.#beside());
  }

  /** The newest pictures, oldest first, [stack] each [height, size, colours], 0 to 255. */
  #stack(): readonly Uint8Array[] {
    const { stack } = this.eyes.summary;
    const [first] = this.#pictures as [Uint8Array];
    const missing = stack - this.#pictures.length;
    return [...Array.from({ length: Math.max(0, missing) }, () => first), ...this.#pictures];
  }

  /** Values of the channels beside them, then the actions between them. */
  #beside(): number[] {
    const { file } = this.rig;
    const place = (wanted: string) => file.observations.findIndex(({ name }) => name === wanted);
    const { beside } = this.eyes.summary;
    const channels = beside.map(({ name }) => this.#observation[place(name)] ?? Number.NaN);
    return [...channels, ...newestActs(this.eyes.summary, this.#done)];
  }

  async dispose(): Promise<void> {
    this.parts.plant.dispose();
    this.parts.cameras.dispose();
    await this.parts.seeing.dispose();
  }

  async #see(): Promise<Float64Array> {
    const { stack } = this.eyes.summary;
    const { seeing } = this.parts;
    const shown = this.#newPicture();
    if (seeing.filter) return this.#believe(seeing.filter, shown);
    const newest = shown?.picture ?? (this.#pictures.at(-1) as Uint8Array);
    this.#pictures = [...this.#pictures, newest].slice(-stack);
    return Float64Array.from(await seeing.state(this.#stack(), this.#beside()));
  }

  /** What is believed now, carried on from the step before. */
  async #believe(filter: RecurrentSeeing, shown: Shown | null): Promise<Float64Array> {
    const look: Looked | null = shown && lookedAt(shown.picture, shown.isNew);
    this.#newest = { before: this.#belief, action: this.#done.at(-1) ?? [], look };
    const { belief, latent } = await filter.after(this.#belief, this.#newest.action, look);
    this.#belief = belief;
    return Float64Array.from(this.parts.seeing.stateOf(latent, this.#beside()));
  }

  /** What the cameras show, where one of them has a new picture; null where none has. */
  #newPicture(): Shown | null {
    const isNew = this.#showing.map((one) => this.#look(one));
    const newest = this.#showing.flatMap((one) => one.newest ?? []);
    if (!isNew.includes(true) || newest.length < this.#showing.length) return null;
    const picture = new Uint8Array(pixelsOf(this.eyes.summary));
    this.#show(newest, picture);
    return { picture, isNew };
  }

  /** Takes the picture that is due now, as on the rig. @returns whether there is one */
  #look(showing: Showing): boolean {
    const { camera, place, poses } = showing;
    const seconds = this.#step * this.rig.file.periodSeconds;
    const pose = poseShown(poses, camera, seconds, [...this.parts.plant.state().positions]);
    const sequence = pictureDue(camera, seconds);
    const like = this.#random.fork(`camera ${place}`);
    if (sequence < showing.next) return false;
    showing.next = sequence + 1;
    if (isLost(camera, like, sequence)) return false;
    const seed = this.#random.fork(`picture ${place} ${sequence}`).integer(2 ** 31);
    const conditions = conditionsOf(camera, like, sequence);
    const { rgb, width, height, depth } = this.parts.cameras.picture(place, pose, seed, conditions);
    showing.newest = {
      ...{ data: rgb.slice(), width, height, channels: 3 },
      ...(depth && { depth: depth.slice() }),
    };
    return true;
  }
}

/** @throws ForesightError wrong-use for a simulation in which whoever acts by these pictures would see nothing */
export const requireSimulatedCameras = ({ file }: Pick<Rig, 'file'>, eyes: EyesSummary): SimulatedCamera[] =>
  viewsOf(eyes).map(({ camera }) => {
    const found = file.cameras.find(({ name }) => name === camera);
    if (found && isSimulated(found)) return found;
    throw new ForesightError(
      'wrong-use',
      `This policy acts by what the camera "${camera}" shows, and the simulation of "${file.name}" has no such camera.`,
      'Let it drive the rig itself, or add the camera to "cameras" in the rig.json of the simulation.',
    );
  });
