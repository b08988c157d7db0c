import type { Scene } from '../../../shared/drawing';
import { bindJoints } from '../../../shared/joints';
import type { RigFile } from '../../../shared/rig';
import type { JointPlan } from '../../../shared/safety/joint-limits';
import type { WorkspaceLimits } from '../../../shared/safety/workspace-limits';
import { type Border, bordersOf, clearance } from './borders';
import { type Feeler, feelersOf } from './feelers';
import { brakingOf, type JointState } from './motion';
import { KinematicTree, type TreeModel } from './tree';

/** A rig's workspace with what of the model is needed to keep it; plain data, as a rig process is told it. */
export interface CompiledWorkspace {
  model: TreeModel;
  /** [joints of the model] the observation that says where it is, −1 for none. */
  sources: number[];
  feelers: Feeler[];
  borders: Border[];
  /** m */
  holdBeyond: number;
}

/** What is needed of a rig's drawn model, and what of the rig file does not fit it, as ends of sentences. */
export function compileWorkspace(
  { drawing, joints }: Scene,
  limits: WorkspaceLimits,
  { observations }: Pick<RigFile, 'observations'>,
): { workspace: CompiledWorkspace; problems: string[] } {
  const { feelers, problems } = feelersOf(drawing, limits.parts);
  const channels = observations.map(({ name }) => name);
  const { source } = bindJoints(drawing, joints, channels);
  const bodies = drawing.bodies.map(({ name, parent, position, quaternion }) => ({
    ...{ name, parent, position, quaternion },
  }));
  return {
    workspace: {
      model: { bodies, joints: drawing.joints },
      sources: source,
      feelers,
      borders: bordersOf(limits),
      holdBeyond: limits.holdBeyond,
    },
    problems,
  };
}

/** Between two looks at the robot's way no joint moves farther than this, rad and m. */
const LOOK = { hinge: 0.02, slide: 0.004 };
const MOST_LOOKS = 400;
/** Halvings in search of a speed that is not too much. */
const HALVINGS = 4;
const ROUNDING = 1e-9;

/** What a command would touch. */
export interface Touch {
  part: string;
  border: string;
}

/**
 * Keeps every part of the robot within its workspace. A command is followed in thought until all joints have braked to a stop; what would
 * touch a border on that way is slowed, joint by joint, down to braking as hard as the limits allow, which was found free one period
 * before. A part that is where it must not be may only come back.
 */
export class Workspace {
  private readonly tree: KinematicTree;
  private readonly pairs: readonly { feeler: Feeler; border: Border }[];
  /** [plans] the joints of the model that it moves. */
  private readonly moved: readonly (readonly number[])[];
  private readonly values: Float64Array;
  private readonly place = new Float64Array(3);

  constructor(
    private readonly compiled: CompiledWorkspace,
    private readonly plans: readonly JointPlan[],
    private readonly periodSeconds: number,
  ) {
    const { model, feelers, borders, sources } = compiled;
    this.tree = new KinematicTree(model);
    this.values = new Float64Array(model.joints.length);
    this.pairs = borders.flatMap((border) =>
      feelers
        .filter(({ meant }) => meant === 'all' || meant === (border.kind === 'plane' ? 'planes' : 'solids'))
        .map((feeler) => ({ feeler, border })),
    );
    this.moved = plans.map(({ observed: { position } }) =>
      sources.flatMap((source, joint) => (source === position && position >= 0 ? [joint] : [])),
    );
  }

  /**
   * @param observation [observations]
   * @param states [plans]
   * @param wanted [plans] speeds within the joints' own limits
   * @returns [plans] speeds that touch nothing, and what the wanted ones would have touched
   */
  limit(
    observation: ArrayLike<number>,
    states: readonly JointState[],
    wanted: readonly number[],
  ): { speeds: number[]; touch: Touch | undefined } {
    const starts = this.starts(observation, states);
    if (starts === undefined) return { speeds: [...wanted], touch: undefined };
    const before = this.clearances(starts);
    const touch = this.touched(starts, states, wanted, before);
    if (touch === undefined) return { speeds: [...wanted], touch };
    const braking = states.map((state, i) => slowest(this.plans[i], state, this.periodSeconds));
    if (this.touched(starts, states, braking, before)) {
      // Somebody has moved it, or it has moved otherwise than it was told: nothing but standing still is safe.
      return { speeds: wanted.map(() => 0), touch };
    }
    const speeds = [...braking];
    for (const [i, want] of wanted.entries())
      speeds[i] = this.nearest(starts, states, speeds, i, want, before);
    return { speeds, touch };
  }

  /** How deep the deepest part is where it must not be, m, and which; undefined where all of it is well. */
  deepest(observation: ArrayLike<number>): (Touch & { depth: number }) | undefined {
    const starts = this.starts(observation, []);
    if (starts === undefined) return undefined;
    const all = this.clearances(starts);
    let worst = 0;
    for (let i = 1; i < all.length; i++) if ((all[i] ?? 0) < (all[worst] ?? 0)) worst = i;
    const depth = -(all[worst] ?? 0);
    return depth > 0 ? { ...this.nameOf(worst), depth } : undefined;
  }

  get holdBeyond(): number {
    return this.compiled.holdBeyond;
  }

  /** The speed of one joint that is nearest to the wanted one and touches nothing, the others being as they are. */
  private nearest(
    starts: Float64Array,
    states: readonly JointState[],
    speeds: readonly number[],
    joint: number,
    want: number,
    before: Float64Array,
  ): number {
    const now = speeds[joint] ?? 0;
    if (now === want) return now;
    const withSpeed = (speed: number) => speeds.map((one, i) => (i === joint ? speed : one));
    let [free, tooMuch] = [now, want];
    if (!this.touched(starts, states, withSpeed(want), before)) return want;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (free + tooMuch) / 2;
      if (this.touched(starts, states, withSpeed(middle), before)) tooMuch = middle;
      else free = middle;
    }
    return free;
  }

  /** [joints of the model] where it is, commanded joints where they were told to be; undefined where that is not known. */
  private starts(observation: ArrayLike<number>, states: readonly JointState[]): Float64Array | undefined {
    const { model, sources } = this.compiled;
    const starts = Float64Array.from(model.joints, ({ reference }, joint) => {
      const source = sources[joint] ?? -1;
      return source < 0 ? reference : (observation[source] ?? Number.NaN);
    });
    states.forEach(({ goal }, i) => {
      for (const joint of this.moved[i] ?? []) if (goal !== undefined) starts[joint] = goal;
    });
    return starts.every(Number.isFinite) ? starts : undefined;
  }

  /** What is touched on the way from `starts` until everything stands. A part that is too far already comes no farther. */
  private touched(
    starts: Float64Array,
    states: readonly JointState[],
    speeds: readonly number[],
    before: Float64Array,
  ): Touch | undefined {
    const { joints } = this.compiled.model;
    this.values.set(starts);
    const falls = states.map((state, i) => {
      const plan = this.plans[i];
      return plan ? brakingOf(plan, state, this.periodSeconds) : { fall: Infinity, reaction: 0 };
    });
    let now = [...speeds];
    let looks = 0;
    for (let leg = 0; now.some((speed) => speed !== 0); leg++) {
      const moves = now.map(
        (speed, i) => speed * (this.periodSeconds + (leg === 0 ? (falls[i]?.reaction ?? 0) : 0)),
      );
      const pieces = Math.max(
        1,
        ...moves.flatMap((move, i) =>
          (this.moved[i] ?? []).map((joint) =>
            Math.ceil(Math.abs(move) / LOOK[joints[joint]?.kind ?? 'hinge']),
          ),
        ),
      );
      looks += pieces;
      // So long a way to a stop is not looked at to its end, and does not count as free.
      if (looks > MOST_LOOKS) return { part: 'the robot', border: 'something on its long way to a stop' };
      for (let piece = 0; piece < pieces; piece++) {
        moves.forEach((move, i) => {
          for (const joint of this.moved[i] ?? [])
            this.values[joint] = (this.values[joint] ?? 0) + move / pieces;
        });
        const worse = this.firstWorse(before);
        if (worse !== undefined) return this.nameOf(worse);
      }
      now = now.map(
        (speed, i) => Math.sign(speed) * Math.max(0, Math.abs(speed) - (falls[i]?.fall ?? Infinity)),
      );
    }
    return undefined;
  }

  private firstWorse(before: Float64Array): number | undefined {
    this.tree.pose(this.values);
    for (let i = 0; i < this.pairs.length; i++) {
      if (this.clearanceOf(i) < Math.min(0, before[i] ?? 0) - ROUNDING) return i;
    }
    return undefined;
  }

  private clearances(values: Float64Array): Float64Array {
    this.tree.pose(values);
    return Float64Array.from(this.pairs, (_, i) => this.clearanceOf(i));
  }

  /** For the last pose. */
  private clearanceOf(pair: number): number {
    const found = this.pairs[pair];
    if (!found) return Infinity;
    const { feeler, border } = found;
    this.tree.point(feeler.body, feeler.at, this.place, 0);
    return clearance(border, this.place[0] ?? 0, this.place[1] ?? 0, this.place[2] ?? 0, feeler.radius);
  }

  private nameOf(pair: number): Touch {
    const found = this.pairs[pair];
    return { part: found?.feeler.of ?? '', border: found?.border.name ?? '' };
  }
}

/** As near to standing as the acceleration limit allows. */
function slowest(plan: JointPlan | undefined, state: JointState, periodSeconds: number): number {
  if (!plan) return 0;
  const { fall } = brakingOf(plan, state, periodSeconds);
  return Math.sign(state.speed) * Math.max(0, Math.abs(state.speed) - fall);
}
