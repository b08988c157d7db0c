import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { ForesightError } from '../../../../shared/errors';
import { Random } from '../../../../shared/random';
import type { Rig } from '../../../../shared/rig';
import { bindModel, type ModelBinding } from './binding';
import { compileModel } from './compile';
import { loadMujoco } from './engine';
import { PlantChanges } from './plant-changes';
import { Stability } from './stability';

/** A simulated robot: no clock of its own, it moves when `step` is called. Call `dispose` when done. */
export interface Plant {
  readonly version: string;
  /** [observations] in the state that it was opened in. */
  readonly first: Float64Array;
  /** Draws a start state with `seed`; returns the observation [observations] there. */
  reset(seed: number): Float64Array;
  /**
   * One control period with `action` [actions] held, or with the one of `actionDelaySteps` calls ago on a rig that
   * delays them; returns the observation [observations] after it.
   */
  step(action: ArrayLike<number>): Float64Array;
  /** Off: the actuators exert nothing, whatever is commanded. */
  setTorque(on: boolean): void;
  /** Puts the plant into a state: one position and one velocity a joint coordinate, MJCF order. */
  setState(positions: ArrayLike<number>, velocities: ArrayLike<number>): Float64Array;
  /** Joint positions and velocities, MJCF order. */
  state(): { positions: Float64Array; velocities: Float64Array };
  dispose(): void;
}

/** Builds the plant of a `driver: "mujoco"` rig. Throws bad-file with the rig's problems. */
export async function openPlant(rig: Rig, seed: number): Promise<Plant> {
  const options = rig.file.mujoco;
  if (!options) {
    throw new ForesightError(
      'wrong-use',
      `The rig "${rig.file.name}" has no MuJoCo model to simulate.`,
      'Choose a rig with driver "mujoco", or give this one a "mujoco" section.',
    );
  }
  const mujoco = await loadMujoco();
  const model = compileModel(mujoco, rig.folder, options.model);
  const { binding, problems } = bindModel(mujoco.module, model, rig.file);
  if (problems.length > 0) {
    model.delete();
    throw new ForesightError(
      'bad-file',
      `${rig.folder}/rig.json: ${problems.map((p) => `${p.path}: expected ${p.message}`).join('; ')}.`,
      'Correct these fields of rig.json and check the rig again.',
    );
  }
  return new MujocoPlant(mujoco.module, mujoco.version, model, binding, rig.file.name, seed);
}

class MujocoPlant implements Plant {
  readonly first: Float64Array;
  private readonly data: MjData;
  private readonly stability: Stability;
  private readonly changes: PlantChanges;
  private readonly semiImplicit: boolean;
  private readonly actuationFlag: number;
  private noise: Random;
  private actuatorNoise: Random;
  /** Joint positions at the beginning of the control period: what a mean velocity is counted from. */
  private periodStart = new Float64Array(0);
  /** Commands under way, the oldest first: as many as the delay has steps. */
  private underWay: Float64Array[] = [];

  constructor(
    private readonly module: MainModule,
    readonly version: string,
    private readonly model: MjModel,
    private readonly binding: ModelBinding,
    private readonly rigName: string,
    seed: number,
  ) {
    this.data = new module.MjData(model);
    this.stability = new Stability(module, this.data);
    this.semiImplicit = model.opt.integrator !== module.mjtIntegrator.mjINT_RK4.value;
    this.actuationFlag = module.mjtDisableBit.mjDSBL_ACTUATION.value;
    this.noise = new Random(seed).fork('noise');
    this.actuatorNoise = new Random(seed).fork('actuator noise');
    this.changes = new PlantChanges(module, model, binding.changes);
    this.first = this.start(seed);
  }

  reset(seed: number): Float64Array {
    this.changes.reset();
    return this.start(seed);
  }

  private start(seed: number): Float64Array {
    const random = new Random(seed);
    const start = random.fork('start');
    this.noise = random.fork('noise');
    this.actuatorNoise = random.fork('actuator noise');
    const { delaySteps, rest } = this.binding;
    this.underWay = Array.from({ length: delaySteps }, () => Float64Array.from(rest));
    this.module.mj_resetData(this.model, this.data);
    for (const { array, index, draw } of this.binding.start) {
      const values: Float64Array = this.data[array];
      values[index] =
        'uniform' in draw
          ? start.uniformIn(...draw.uniform)
          : draw.normal[0] + draw.normal[1] * start.normal();
    }
    this.module.mj_forward(this.model, this.data);
    this.beginPeriod();
    return this.observe();
  }

  step(action: ArrayLike<number>): Float64Array {
    this.changes.step();
    this.beginPeriod();
    const ctrl: Float64Array = this.data.ctrl;
    this.underWay.push(Float64Array.from(action));
    const arrived = this.underWay.shift();
    this.binding.actions.forEach(({ index, scale, noise }, i) => {
      const own = noise > 0 ? noise * this.actuatorNoise.normal() : 0;
      ctrl[index] = ((arrived?.[i] ?? 0) + own) * scale;
    });
    for (let i = 0; i < this.binding.substeps; i++) {
      const before = this.data.time;
      this.module.mj_step(this.model, this.data);
      if (this.stability.isLost(before)) this.throwUnstable();
      this.limitVelocities();
    }
    // mj_step leaves the sensors at the state before its integration.
    if (this.binding.needsSensors) this.module.mj_forward(this.model, this.data);
    const observation = this.observe();
    if (this.stability.isBeyond([observation])) this.throwUnstable();
    return observation;
  }

  setTorque(on: boolean): void {
    const flags = this.model.opt.disableflags;
    this.model.opt.disableflags = on ? flags & ~this.actuationFlag : flags | this.actuationFlag;
  }

  setState(positions: ArrayLike<number>, velocities: ArrayLike<number>): Float64Array {
    (this.data.qpos as Float64Array).set(positions);
    (this.data.qvel as Float64Array).set(velocities);
    this.module.mj_forward(this.model, this.data);
    this.beginPeriod();
    return this.observe();
  }

  state() {
    return { positions: Float64Array.from(this.data.qpos), velocities: Float64Array.from(this.data.qvel) };
  }

  dispose(): void {
    this.data.delete();
    this.model.delete();
  }

  private beginPeriod(): void {
    this.periodStart = Float64Array.from(this.data.qpos);
  }

  private observe(): Float64Array {
    const { qpos, qvel, sensordata } = this.data as Record<'qpos' | 'qvel' | 'sensordata', Float64Array>;
    const arrays = { qpos, qvel, sensordata };
    return Float64Array.from(this.binding.observations, ({ array, index, noise }) => {
      const value =
        array === 'meanVelocity'
          ? ((qpos[index] ?? 0) - (this.periodStart[index] ?? 0)) / this.binding.periodSeconds
          : (arrays[array][index] ?? 0);
      return noise > 0 ? value + noise * this.noise.normal() : value;
    });
  }

  /**
   * Clips joint velocities. The semi-implicit integrators have moved the position with the velocity before
   * clipping, so the position is moved back: the same as clipping first, as Gym's Pendulum does.
   */
  private limitVelocities(): void {
    if (this.binding.velocityLimits.length === 0) return;
    const { qpos, qvel } = this.data as { qpos: Float64Array; qvel: Float64Array };
    for (const { position, velocity, limit } of this.binding.velocityLimits) {
      const value = qvel[velocity] ?? 0;
      const clipped = Math.min(Math.max(value, -limit), limit);
      if (clipped === value) continue;
      qvel[velocity] = clipped;
      if (this.semiImplicit)
        qpos[position] = (qpos[position] ?? 0) + (clipped - value) * this.model.opt.timestep;
    }
  }

  /** What comes after is no motion of this plant; going on after MuJoCo's reset would record two trajectories as one. */
  private throwUnstable(): never {
    throw new ForesightError(
      'bad-data',
      `The simulation of "${this.rigName}" became unstable: positions or velocities grew beyond all bounds.`,
      'Use a smaller time step in the MJCF file, more damping, or smaller action limits in rig.json.',
    );
  }
}
