import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { type Camera, isSimulated, type SimulatedCamera } from '../../../shared/camera';
import { ForesightError } from '../../../shared/errors';
import { Random } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import { compileModel } from '../../rig/drivers/mujoco/compile';
import { loadMujoco } from '../../rig/drivers/mujoco/engine';
import { indexOf } from '../../rig/drivers/mujoco/lookup';
import { modelNames } from '../../rig/drivers/mujoco/model';
import { millimetres } from '../depth';
import { CLEAR, type Conditions } from './conditions';
import { cast, NOTHING, type Placed, Rays } from './rays';
import { seenGeoms } from './scene';
import { type Lamp, shade } from './shade';

/** What a camera saw. Its arrays are written over by its next picture. */
export interface Picture {
  width: number;
  height: number;
  /** [height, width, 3]. */
  rgb: Uint8Array;
  /** [height, width] mm along the camera's axis, 0 where nothing was met; null of a camera that was not asked for it. */
  depth: Uint16Array | null;
  /**
   * What each ray met: how deep it lies, m along the camera's axis (Infinity for nothing), and which of MuJoCo's geoms it is
   * (−1 for nothing). [height · side, width · side] of rays, `side` of them along a pixel's edge.
   */
  rays: { side: number; depth: Float64Array; geoms: Int32Array };
}

/** The simulated cameras of a rig, on a MuJoCo of their own: the rig's is busy being the rig. Call `dispose` when done. */
export class SimulatedCameras {
  readonly #data: MjData;
  readonly #placed: Placed[];
  /** MuJoCo's numbers of them. */
  readonly #ids: Int32Array;
  readonly #lamps: Lamp[];
  /** By their places among the rig's cameras. */
  readonly #eyes: ReadonlyMap<number, Eye>;

  private constructor(
    private readonly module: MainModule,
    private readonly model: MjModel,
    cameras: readonly Camera[],
  ) {
    this.#data = new module.MjData(model);
    this.#placed = seenGeoms(module, model).map((geom, index) => ({
      ...{ geom, index, turn: new Float64Array(9), eye: new Float64Array(3) },
    }));
    this.#ids = Int32Array.from(this.#placed, ({ geom }) => geom.id);
    const types: ArrayLike<number> = model.light_type;
    this.#lamps = Array.from({ length: model.nlight }, (_, i) => ({
      isFar: types[i] === module.mjtLightType.mjLIGHT_DIRECTIONAL.value,
      colour: Float64Array.from(model.light_diffuse.subarray(3 * i, 3 * i + 3)),
      from: new Float64Array(3),
    }));
    const { cameras: names } = modelNames(model);
    this.#eyes = new Map(
      cameras.flatMap((camera, place) =>
        isSimulated(camera) ? [[place, eyeOf(camera, model, indexOf(names, camera.source.camera))]] : [],
      ),
    );
  }

  /** @throws ForesightError wrong-use, bad-file: what `rig check` would say as well */
  static async open({ file, folder }: Rig): Promise<SimulatedCameras> {
    if (file.mujoco === undefined || !file.cameras.some(isSimulated)) {
      throw new ForesightError(
        'wrong-use',
        `The rig "${file.name}" has no simulated camera.`,
        'Add one to "cameras" in its rig.json.',
      );
    }
    const mujoco = await loadMujoco();
    const model = compileModel(mujoco, folder, file.mujoco.model);
    try {
      return new SimulatedCameras(mujoco.module, model, file.cameras);
    } catch (thrown) {
      model.delete();
      throw thrown;
    }
  }

  /**
   * A camera's picture, the same to the bit for the same arguments.
   * @param camera its place among the rig's
   * @param pose joint positions, MJCF order (a plant's `state`)
   * @param seed of its noise
   */
  picture(camera: number, pose: ArrayLike<number>, seed: number, conditions: Conditions = CLEAR): Picture {
    const eye = this.#eyes.get(camera);
    if (eye === undefined) throw new RangeError(`there is no camera ${camera}`);
    this.#place(eye, pose);
    const { rays, colours, picture, camera: settings } = eye;
    const { side } = picture.rays;
    rays.move(side * conditions.right, side * conditions.down);
    rays.clear();
    for (const placed of this.#placed) cast(rays, placed);
    const { geoms } = picture.rays;
    for (let i = 0; i < geoms.length; i++) {
      const met = rays.geom[i]!;
      geoms[i] = met === NOTHING ? NOTHING : this.#ids[met]!;
    }
    shade(rays, this.#placed, this.#lamps, eye.up, colours);
    if (conditions.light !== 1) for (let i = 0; i < colours.length; i++) colours[i]! *= conditions.light;
    develop(colours, picture, settings.source.noise, seed);
    if (picture.depth) measure(rays.depth, picture, picture.depth);
    if (conditions.black) {
      picture.rgb.fill(0);
      picture.depth?.fill(0);
    }
    return picture;
  }

  dispose(): void {
    this.#data.delete();
    this.model.delete();
  }

  /** Where everything stands before a camera, in this pose. */
  #place({ index, up }: Eye, pose: ArrayLike<number>): void {
    const data = this.#data;
    const { module, model } = this;
    (data.qpos as Float64Array).set(pose);
    module.mj_kinematics(model, data);
    module.mj_comPos(model, data);
    module.mj_camlight(model, data);
    const from = (data.cam_xpos as Float64Array).subarray(3 * index, 3 * index + 3);
    const frame = (data.cam_xmat as Float64Array).subarray(9 * index, 9 * index + 9);
    const places: Float64Array = data.geom_xpos;
    const frames: Float64Array = data.geom_xmat;
    for (const { geom, turn, eye } of this.#placed) {
      const at = 9 * geom.id;
      for (let i = 0; i < 3; i++) {
        let along = 0;
        for (let k = 0; k < 3; k++) {
          along += frames[at + 3 * k + i]! * (from[k]! - places[3 * geom.id + k]!);
        }
        eye[i] = along;
        for (let j = 0; j < 3; j++) {
          let sum = 0;
          for (let k = 0; k < 3; k++) sum += frames[at + 3 * k + i]! * frame[3 * k + j]!;
          turn[3 * i + j] = sum;
        }
      }
    }
    const lampPlaces: Float64Array = data.light_xpos;
    const lampDirections: Float64Array = data.light_xdir;
    this.#lamps.forEach(({ isFar, from: into }, lamp) => {
      for (let j = 0; j < 3; j++) {
        let along = 0;
        for (let k = 0; k < 3; k++) {
          const at = 3 * lamp + k;
          along += frame[3 * k + j]! * (isFar ? -lampDirections[at]! : lampPlaces[at]! - from[k]!);
        }
        into[j] = along;
      }
    });
    up.set(frame.subarray(6, 9));
  }
}

/** A camera with what it needs for a picture. */
interface Eye {
  camera: SimulatedCamera;
  /** Its place among the model's. */
  index: number;
  rays: Rays;
  /** Of the rays, [height, width, 3], 0 to 255. */
  colours: Float32Array;
  /** The world's vertical in its frame [3]. */
  up: Float64Array;
  picture: Picture;
}

function eyeOf(camera: SimulatedCamera, model: MjModel, index: number): Eye {
  const { width, height, source } = camera;
  const side = Math.sqrt(source.raysPerPixel);
  const rays = new Rays(width * side, height * side, model.cam_fovy[index] ?? Number.NaN);
  return {
    ...{ camera, index, rays, up: new Float64Array(3) },
    colours: new Float32Array(3 * rays.depth.length),
    picture: {
      ...{ width, height, rgb: new Uint8Array(3 * width * height) },
      depth: source.depth ? new Uint16Array(width * height) : null,
      rays: { side, depth: rays.depth, geoms: new Int32Array(rays.geom.length) },
    },
  };
}

/** The colours of the rays become pixels. */
function develop(colours: Float32Array, picture: Picture, noise: number, seed: number): void {
  // Rounds and clips by itself.
  const rgb = new Uint8ClampedArray(picture.rgb.buffer);
  if (picture.rays.side === 1) rgb.set(colours);
  else meanOfRays(colours, picture, rgb);
  if (noise === 0) return;
  const random = new Random(seed);
  for (let i = 0; i < rgb.length; i++) rgb[i] = rgb[i]! + noise * random.normal();
}

/** Of each pixel the nearest that one of its rays met: a mean of something near and what is behind it is nowhere. */
function measure(rays: Float64Array, { width, height, rays: { side } }: Picture, into: Uint16Array): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let nearest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < side; j++) {
          nearest = Math.min(nearest, rays[(row * side + i) * width * side + column * side + j]!);
        }
      }
      into[row * width + column] = millimetres(nearest);
    }
  }
}

/** [side · height, side · width, 3] to [height, width, 3]. */
function meanOfRays(
  colours: Float32Array,
  { width, height, rays: { side } }: Picture,
  into: Uint8ClampedArray,
): void {
  const line = 3 * side * width;
  const share = 1 / side ** 2;
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0, from = side * row * line; column < width; column++, from += 3 * side) {
      for (let colour = from; colour < from + 3; colour++, at++) {
        let sum = 0;
        for (let down = 0; down < side; down++) {
          const first = colour + down * line;
          for (let across = 0; across < 3 * side; across += 3) sum += colours[first + across]!;
        }
        into[at] = share * sum;
      }
    }
  }
}
