import type { MjData, MjModel } from '@mujoco/mujoco';
import { compileModel } from '../../src/main/rig/drivers/mujoco/compile';
import { loadMujoco } from '../../src/main/rig/drivers/mujoco/engine';
import { indexOf } from '../../src/main/rig/drivers/mujoco/lookup';
import { modelNames } from '../../src/main/rig/drivers/mujoco/model';
import type { Rig } from '../../src/shared/rig';

/** Those that are shown. */
const GROUPS = [1, 1, 1, 0, 0, 0];

/** What MuJoCo's own rays say of the first camera of a rig, one through the middle of each pixel. */
export class Oracle {
  private constructor(
    private readonly module: Awaited<ReturnType<typeof loadMujoco>>['module'],
    private readonly model: MjModel,
    private readonly data: MjData,
    private readonly rig: Rig,
  ) {}

  static async open(rig: Rig): Promise<Oracle> {
    const mujoco = await loadMujoco();
    const model = compileModel(mujoco, rig.folder, rig.file.mujoco?.model ?? '');
    return new Oracle(mujoco.module, model, new mujoco.module.MjData(model), rig);
  }

  rays(pose: ArrayLike<number>): { depth: Float64Array; geoms: Int32Array } {
    const { module, model, data, rig } = this;
    (data.qpos as Float64Array).set(pose);
    module.mj_forward(model, data);
    const { width, height, source } = rig.file.cameras[0]!;
    if (source.kind !== 'simulated') throw new Error('the oracle is one of a simulated camera');
    const eye = new Eye(model, data, indexOf(modelNames(model).cameras, source.camera));
    const directions = Array.from({ length: width * height }, (_, at) =>
      eye.direction(at % width, Math.floor(at / width), width, height),
    );
    const count = directions.length;
    const geoms = module.IntBuffer.FromArray(new Array(count).fill(-1));
    const distances = module.DoubleBuffer.FromArray(new Array(count).fill(0));
    try {
      const units = directions.flatMap(({ unit }) => unit);
      module.mj_multiRay(
        ...([
          model,
          data,
          eye.position,
          units,
          GROUPS,
          true,
          -1,
          geoms,
          distances,
          null,
          count,
          1e10,
        ] as const),
      );
      const found: Int32Array = Int32Array.from(geoms.GetView());
      const far: Float64Array = distances.GetView();
      return {
        geoms: found,
        depth: Float64Array.from(found, (geom, at) =>
          geom < 0 ? Number.POSITIVE_INFINITY : far[at]! / directions[at]!.length,
        ),
      };
    } finally {
      geoms.delete();
      distances.delete();
    }
  }

  dispose(): void {
    this.data.delete();
    this.model.delete();
  }
}

class Eye {
  readonly position: number[];
  readonly #frame: number[];
  readonly #slope: number;

  constructor(model: MjModel, data: MjData, index: number) {
    this.position = [...data.cam_xpos.subarray(3 * index, 3 * index + 3)];
    this.#frame = [...data.cam_xmat.subarray(9 * index, 9 * index + 9)];
    this.#slope = Math.tan((model.cam_fovy[index] * Math.PI) / 360);
  }

  /** In the world, and how long it is when it reaches 1 m into the depth. */
  direction(column: number, row: number, columns: number, rows: number) {
    const x = (((column + 0.5) / columns) * 2 - 1) * this.#slope * (columns / rows);
    const y = (1 - ((row + 0.5) / rows) * 2) * this.#slope;
    const world = [0, 1, 2].map(
      (i) => this.#frame[3 * i]! * x + this.#frame[3 * i + 1]! * y - this.#frame[3 * i + 2]!,
    );
    const length = Math.hypot(...world);
    return { unit: world.map((part) => part / length), length };
  }
}
