import type { MainModule, MjModel } from '@mujoco/mujoco';
import { ForesightError } from '../../../shared/errors';
import { Random } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import { bindModel, type ModelBinding } from '../../rig/drivers/mujoco/binding';
import { compileModel } from '../../rig/drivers/mujoco/compile';
import { loadMujoco } from '../../rig/drivers/mujoco/engine';
import { isScalarJoint, modelNames } from '../../rig/drivers/mujoco/model';

/** How a simulator is put into the state that an observation shows. Plain data: it travels to threads. */
export interface StateMap {
  /** [coordinates] the observation channel that shows a joint's position, or −1 … */
  positions: number[];
  /** … its velocity, or −1. */
  velocities: number[];
  /** [coordinates] what a coordinate is that no channel shows. */
  rest: number[];
}

/** Accelerations that differ by less than this share are the contact solver's rounding. */
const EQUAL = 1e-6;
const PROBES = 8;

/**
 * Finds the state of a rig's simulator in its observations. Every joint's position and velocity must be shown by a channel
 * with the source { joint, quantity }, because a plan from a state that is partly guessed would pass for the truth. Two
 * things need not be shown: where a slide joint of the outermost body stands if nothing depends on it (how far a
 * cheetah has run), and the velocity of what never moves within an episode (a goal that is a joint).
 * @throws ForesightError wrong-use that names the joint
 */
export async function stateMapOf(rig: Rig): Promise<StateMap> {
  const mujoco = await loadMujoco();
  const model = compileModel(mujoco, rig.folder, rig.file.mujoco?.model ?? '');
  const { binding } = bindModel(mujoco.module, model, rig.file);
  const probe = new StateProbe(mujoco.module, model, binding, rig);
  try {
    const channel = (array: 'qpos' | 'qvel', index: number) =>
      binding.observations.findIndex((source) => source.array === array && source.index === index);
    const refuse = (why: string, next: string): never => {
      throw new ForesightError(
        'wrong-use',
        `The simulator of "${rig.file.title}" cannot plan: ${why}, so its observations do not tell its state.`,
        next,
      );
    };
    if (model.na > 0) {
      refuse(
        'its actuators have a state of their own',
        'Plan with a learned model, or use actuators without one.',
      );
    }
    const map: StateMap = { positions: [], velocities: [], rest: [...(model.qpos0 as Float64Array)] };
    modelNames(model).joints.forEach((name, joint) => {
      if (!isScalarJoint(mujoco.module, model, joint)) {
        refuse(
          `joint "${name}" is a ball or free joint`,
          'Plan with a learned model, or use hinge and slide joints.',
        );
      }
      const position = channel('qpos', joint);
      const velocity = channel('qvel', joint);
      const show = (quantity: string) =>
        `Add an observation with source { "joint": "${name}", "quantity": "${quantity}" }, or plan with a learned model.`;
      if (position < 0 && !probe.isIndifferent(joint)) {
        refuse(`no channel shows the position of joint "${name}"`, show('position'));
      }
      if (velocity < 0 && !probe.standsStill(joint)) {
        refuse(`no channel shows the velocity of joint "${name}"`, show('velocity'));
      }
      map.positions.push(position);
      map.velocities.push(velocity);
    });
    return map;
  } finally {
    probe.dispose();
    model.delete();
  }
}

/** Tries out on the model what depends on what. All joints are scalar: coordinate, velocity and joint have one index. */
class StateProbe {
  readonly #data;
  readonly #random = new Random(0);

  constructor(
    private readonly module: MainModule,
    private readonly model: MjModel,
    private readonly binding: ModelBinding,
    private readonly rig: Rig,
  ) {
    this.#data = new module.MjData(model);
  }

  /**
   * Does the position of a joint change nothing but itself, neither what moves nor what a sensor shows? Only a slide joint
   * of an outermost body can be like that.
   */
  isIndifferent(joint: number): boolean {
    const { model, module } = this;
    const body = numbers(model.jnt_bodyid)[joint] ?? 0;
    if (numbers(model.jnt_type)[joint] !== module.mjtJoint.mjJNT_SLIDE.value) return false;
    // Without limits a range is [0, 0]; the flag itself is a vector of bool, which the WebAssembly build cannot hand out.
    const [low, high] = [numbers(model.jnt_range)[2 * joint], numbers(model.jnt_range)[2 * joint + 1]];
    if (numbers(model.body_parentid)[body] !== 0 || low !== high) return false;
    return this.#states().every((state) => {
      const here = this.#response(state);
      return [-3, 0.4, 10].every((shift) => {
        const positions = state.positions.map((q, i) => (i === joint ? q + shift : q));
        const there = this.#response({ ...state, positions });
        return here.every((a, i) => Math.abs(a - (there[i] ?? Number.NaN)) <= EQUAL * (1 + Math.abs(a)));
      });
    });
  }

  /** Does a joint stay at rest whatever the others do? Nothing may be able to touch what it carries either. */
  standsStill(joint: number): boolean {
    const { model } = this;
    const parents = numbers(model.body_parentid);
    const carrier = numbers(model.jnt_bodyid)[joint] ?? 0;
    const isCarried = (body: number): boolean =>
      body === carrier || (body !== 0 && isCarried(parents[body] ?? 0));
    const touchable = Array.from(numbers(model.geom_bodyid)).some(
      (body, geom) =>
        isCarried(body) &&
        (numbers(model.geom_contype)[geom] ?? 0) | (numbers(model.geom_conaffinity)[geom] ?? 0),
    );
    if (touchable) return false;
    return this.#states().every((state) => {
      const velocities = state.velocities.map((v, i) => (i === joint ? 0 : v));
      return Math.abs(this.#response({ ...state, velocities })[joint] ?? Number.NaN) < EQUAL;
    });
  }

  dispose(): void {
    this.#data.delete();
  }

  /** States and controls about the model's start. */
  #states(): ProbedState[] {
    const near = (centre: number) => centre + this.#random.uniformIn(-0.5, 0.5);
    return Array.from({ length: PROBES }, () => ({
      positions: Array.from(numbers(this.model.qpos0), near),
      velocities: Array.from(numbers(this.model.qpos0), () => near(0)),
      actions: this.rig.file.actions.map(({ limits }) => this.#random.uniformIn(...limits)),
    }));
  }

  /** The joints' accelerations, then what sensors show of them. */
  #response({ positions, velocities, actions }: ProbedState): number[] {
    const data = this.#data;
    this.module.mj_resetData(this.model, data);
    (data.qpos as Float64Array).set(positions);
    (data.qvel as Float64Array).set(velocities);
    this.binding.actions.forEach(({ index, scale }, i) => {
      (data.ctrl as Float64Array)[index] = (actions[i] ?? 0) * scale;
    });
    this.module.mj_forward(this.model, data);
    const sensed = this.binding.observations.filter(({ array }) => array === 'sensordata');
    return [
      ...Array.from(numbers(data.qacc)),
      ...sensed.map(({ index }) => numbers(data.sensordata)[index] ?? 0),
    ];
  }
}

interface ProbedState {
  positions: number[];
  velocities: number[];
  actions: number[];
}

const numbers = (array: unknown) => array as ArrayLike<number>;
