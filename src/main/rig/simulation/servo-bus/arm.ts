import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { ForesightError } from '../../../../shared/errors';
import { compileModel } from '../../drivers/mujoco/compile';
import { loadMujoco } from '../../drivers/mujoco/engine';
import { Lookup } from '../../drivers/mujoco/lookup';
import { Stability } from '../../drivers/mujoco/stability';
import type { ServoPlant } from './device';

/** One of the things that move the model. */
export interface Mover {
  /** Of its joint. */
  name: string;
  /** The joint's angle is `direction` · (angle of the mover − `zero`). */
  direction: number;
  zero: number;
  /** Where the rig file says so. */
  field: string;
}

interface Shaft {
  qpos: number;
  qvel: number;
  ctrl: number;
  /** A joint's angle is `direction` · (angle of the motor − `zero`). */
  direction: number;
  zero: number;
}

/**
 * The plant of a rig's motors: a MuJoCo model in which a joint has each motor's name, and one actuator drives it. It
 * begins in the model's first keyframe, if there is one.
 * @param folder of the rig, absolute
 * @param path of the MJCF file, absolute
 * @throws bad-file with what the model lacks
 */
export async function openArm(folder: string, path: string, movers: readonly Mover[]): Promise<ServoPlant> {
  const mujoco = await loadMujoco();
  const model = compileModel(mujoco, folder, path);
  const lookup = new Lookup(mujoco.module, model);
  const shafts = movers.map(({ name, field, direction, zero }) => ({
    ...lookup.joint(name, field),
    ctrl: lookup.actuator({ joint: name }, field),
    ...{ direction, zero },
  }));
  if (lookup.problems.length === 0) return new Arm(mujoco.module, model, shafts);
  model.delete();
  const problems = lookup.problems.map((one) => `${one.path}: expected ${one.message}`);
  throw new ForesightError(
    'bad-file',
    `${path} does not fit the motors of ${folder}/rig.json: ${problems.join('; ')}.`,
    'Give a joint of the model the name of each motor, and one actuator.',
  );
}

class Arm implements ServoPlant {
  readonly angles: Float64Array;
  readonly velocities: Float64Array;
  private readonly data: MjData;
  private readonly stability: Stability;
  private remaining = 0;

  constructor(
    private readonly module: MainModule,
    private readonly model: MjModel,
    private readonly shafts: readonly Shaft[],
  ) {
    this.data = new module.MjData(model);
    this.stability = new Stability(module, this.data);
    if (model.nkey > 0) module.mj_resetDataKeyframe(model, this.data, 0);
    this.angles = new Float64Array(shafts.length);
    this.velocities = new Float64Array(shafts.length);
    this.look();
  }

  step(torques: ArrayLike<number>, seconds: number): void {
    const ctrl: Float64Array = this.data.ctrl;
    this.shafts.forEach((shaft, i) => {
      ctrl[shaft.ctrl] = shaft.direction * (torques[i] ?? 0);
    });
    const { timestep } = this.model.opt;
    for (this.remaining += seconds; this.remaining > timestep / 2; this.remaining -= timestep) {
      const before = this.data.time;
      this.module.mj_step(this.model, this.data);
      if (this.stability.isLost(before)) {
        throw new ForesightError(
          'bad-data',
          'The simulated arm became unstable.',
          'Use a smaller time step.',
        );
      }
    }
    this.look();
  }

  dispose(): void {
    this.data.delete();
    this.model.delete();
  }

  private look(): void {
    const { qpos, qvel } = this.data as Record<'qpos' | 'qvel', Float64Array>;
    this.shafts.forEach(({ qpos: place, qvel: dof, direction, zero }, i) => {
      this.angles[i] = zero + direction * (qpos[place] ?? 0);
      this.velocities[i] = direction * (qvel[dof] ?? 0);
    });
  }
}
