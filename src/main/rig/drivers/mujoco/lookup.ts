import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { ActuatorName } from '../../../../shared/rig';
import { isScalarJoint, type ModelNames, modelNames } from './model';

export interface BindingProblem {
  /** Path of the field in rig.json: `observations[1].source.joint`. */
  path: string;
  message: string;
}

const MOST_NAMES_SHOWN = 30;

/** Index of an element by its name, or by its place written as "#2"; -1 when there is none. A name comes first. */
export function indexOf(names: readonly string[], wanted: string): number {
  const named = wanted === '' ? -1 : names.indexOf(wanted);
  if (named >= 0) return named;
  const place = /^#(\d{1,9})$/.exec(wanted)?.[1];
  return place !== undefined && Number(place) < names.length ? Number(place) : -1;
}

/** What an element can be called in rig.json. */
const callName = (name: string, index: number) => `"${name === '' ? `#${index}` : name}"`;

/** Finds what a rig file names in a compiled model, and collects what it does not find. */
export class Lookup {
  readonly problems: BindingProblem[] = [];
  private readonly names: ModelNames;

  constructor(
    private readonly module: MainModule,
    private readonly model: MjModel,
  ) {
    this.names = modelNames(model);
  }

  problem(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** @returns the index, 0 where it is a problem */
  find(kind: keyof ModelNames, name: string, path: string): number {
    const index = indexOf(this.names[kind], name);
    if (index < 0) {
      const known = this.names[kind].slice(0, MOST_NAMES_SHOWN).map(callName);
      const more = this.names[kind].length > known.length ? ', …' : '';
      const list = known.length === 0 ? 'there is none' : `${known.join(', ')}${more}`;
      this.problem(path, `the name of one of the model's ${kind} (${list}), found "${name}"`);
    }
    return Math.max(index, 0);
  }

  /** A joint of one number; where it stands in MuJoCo's arrays. */
  joint(name: string, path: string): { index: number; qpos: number; qvel: number } {
    const before = this.problems.length;
    const index = this.find('joints', name, path);
    if (this.problems.length === before && !isScalarJoint(this.module, this.model, index)) {
      this.problem(path, `a hinge or slide joint; "${name}" is a ball or free joint, use a sensor`);
    }
    return { index, qpos: this.model.jnt_qposadr[index] ?? 0, qvel: this.model.jnt_dofadr[index] ?? 0 };
  }

  /** A camera that pictures can be computed for. */
  camera(name: string, path: string): number {
    const before = this.problems.length;
    const index = this.find('cameras', name, path);
    if (this.problems.length > before) return index;
    const perspective = this.module.mjtProjection.mjPROJ_PERSPECTIVE.value;
    if ((this.model.cam_projection as ArrayLike<number>)[index] !== perspective) {
      this.problem(
        path,
        `a camera that shows things smaller the farther they are; "${name}" is orthographic`,
      );
    }
    return index;
  }

  /** An actuator by its name, or by the joint that no other one drives. */
  actuator(wanted: ActuatorName, path: string): number {
    if (typeof wanted === 'string') return this.find('actuators', wanted, path);
    const before = this.problems.length;
    const joint = this.find('joints', wanted.joint, `${path}.joint`);
    if (this.problems.length > before) return 0;
    const { mjTRN_JOINT, mjTRN_JOINTINPARENT } = this.module.mjtTrn;
    const ofJoint: number[] = [mjTRN_JOINT.value, mjTRN_JOINTINPARENT.value];
    const kinds: ArrayLike<number> = this.model.actuator_trntype;
    const targets: ArrayLike<number> = this.model.actuator_trnid;
    const driving = this.names.actuators.flatMap((_, i) =>
      ofJoint.includes(kinds[i] ?? -1) && targets[2 * i] === joint ? [i] : [],
    );
    if (driving.length !== 1) {
      const list = driving.map((i) => callName(this.names.actuators[i] ?? '', i)).join(', ');
      const found = driving.length === 0 ? 'none' : `${list}: give one of these instead`;
      this.problem(path, `a joint that one actuator drives; joint "${wanted.joint}" is driven by ${found}`);
    }
    return driving[0] ?? 0;
  }
}
