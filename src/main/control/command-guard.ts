import type { EpisodeEvent } from '../../shared/episode';
import type { RigFile } from '../../shared/rig';
import { type JointPlan, jointPlans } from '../../shared/safety/joint-limits';
import type { Driver, MotorReading } from '../rig/driver';
import { type GuardedAction, guardAction, guardObservation, holdAction, plantAction } from './guard';
import { type JointState, limitJoint, show } from './limits/motion';
import {
  beginHistory,
  beyondNow,
  type JointHistory,
  type JointReading,
  slowing,
  watchJoint,
} from './limits/watch';
import { type CompiledWorkspace, Workspace } from './limits/workspace';

/** What of a driver the guard asks. */
export type GuardedPlant = Pick<Driver, 'plantLimits' | 'jointGoals' | 'motorReadings'>;

/**
 * Every command of a rig goes through here on its way out: the limits of its channel and of its plant (guard.ts), what its joint may do
 * and where the robot may be (limits/). Remembers from period to period what went out; the rules themselves are pure functions.
 */
export class CommandGuard {
  readonly plans: readonly JointPlan[];
  private readonly driven: readonly { plan: JointPlan; place: number }[];
  private readonly workspace: Workspace | undefined;
  /** [actions] what went out last; undefined while nothing moves. */
  private last: Float64Array | undefined;
  private standing: Float64Array | undefined;
  /** [driven] the speeds that were commanded last. */
  private speeds: number[];
  /** [plans] */
  private histories: JointHistory[] | undefined;
  /** How deep it was where it must not be when it began to move, m. */
  private depthAtStart = 0;

  constructor(
    private readonly rig: RigFile,
    private readonly plant: GuardedPlant,
    workspace?: CompiledWorkspace,
  ) {
    this.plans = jointPlans(rig);
    this.driven = this.plans.flatMap((plan, place) => (plan.action < 0 ? [] : [{ plan, place }]));
    this.speeds = this.driven.map(() => 0);
    const driven = this.driven.map(({ plan }) => plan);
    this.workspace = workspace && new Workspace(workspace, driven, rig.periodSeconds);
  }

  /**
   * Nothing is commanded any more: the next command begins from where the rig is then.
   * @param standing [actions] what somebody says that it stands at, for what nobody observes; hold when left out
   */
  rest(standing?: Float64Array): void {
    this.last = undefined;
    this.standing = standing;
    this.speeds = this.driven.map(() => 0);
    this.histories = undefined;
  }

  /** [actions] what went out last, or hold. */
  get previous(): Float64Array {
    return this.last ?? this.standing?.slice() ?? holdAction(this.rig.actions);
  }

  /**
   * What goes out instead of `requested`, and every change as an event.
   * @param requested [actions]
   * @param observation [observations]
   */
  command(requested: ArrayLike<number>, observation: ArrayLike<number>, step: number): GuardedAction {
    const { actions, periodSeconds } = this.rig;
    const events: EpisodeEvent[] = [];
    const states = this.states(observation);
    const asked = Float64Array.from(actions, (_, i) => requested[i] ?? Number.NaN);
    const previous = this.previous;
    this.driven.forEach(({ plan }, i) => {
      if (plan.sets !== 'position') return;
      const from = startOf(states[i]);
      // A joint that is told positions begins where it is, and stays there when what is asked for is no number.
      if (!this.last && Number.isFinite(from)) previous[plan.action] = from;
      if (Number.isFinite(asked[plan.action])) return;
      const message = `${plan.name}: ${asked[plan.action]} asked for, refused; it stays where it is.`;
      events.push({ step, kind: 'guard-clip', message });
      asked[plan.action] = previous[plan.action] ?? from;
    });
    const guarded = guardAction(actions, periodSeconds, previous, asked, step);
    const moved = this.limitMotion(guarded.action, states, observation, step);
    const plant = plantAction(actions, this.plant.plantLimits, moved.action, step);
    this.remember(plant.action, states);
    return { action: plant.action, events: [...events, ...guarded.events, ...moved.events, ...plant.events] };
  }

  /** [actions] what the rig is led back to when nothing is asked of it any more: hold, and joints that are told positions stay. */
  restTarget(observation: ArrayLike<number>): Float64Array {
    const target = holdAction(this.rig.actions);
    const states = this.states(observation);
    this.driven.forEach(({ plan }, i) => {
      if (plan.sets !== 'position') return;
      const stays = this.last?.[plan.action] ?? startOf(states[i]);
      if (Number.isFinite(stays)) target[plan.action] = stays;
    });
    return plantAction(this.rig.actions, this.plant.plantLimits, target, 0).action;
  }

  /** True when what went out last leaves everything standing. */
  isAtRest(target: Float64Array): boolean {
    const { last } = this;
    return (
      last?.every((value, i) => value === target[i]) === true &&
      this.driven.every(({ plan }, i) => plan.sets === 'velocity' || this.speeds[i] === 0)
    );
  }

  /** Why what is observed must bring the rig to hold while it moves, or undefined. */
  judge(observation: ArrayLike<number>, step: number): EpisodeEvent | undefined {
    return guardObservation(this.rig, observation, step) ?? this.judgeJoints(observation, step);
  }

  /** What is beyond a limit now, moving or not, as sentences. */
  outside(observation: ArrayLike<number>): string[] {
    const readings = this.readings(observation);
    const deepest = this.workspace?.deepest(observation);
    return [
      ...this.plans.flatMap((plan, i) => beyondNow(plan, reading(readings, i))),
      ...(deepest ? [`${deepest.part} is ${show(deepest.depth, 'm')} beyond ${deepest.border}.`] : []),
    ];
  }

  private judgeJoints(observation: ArrayLike<number>, step: number): EpisodeEvent | undefined {
    const readings = this.readings(observation);
    const deepest = this.workspace?.deepest(observation);
    if (!this.histories) {
      this.histories = this.plans.map((plan, i) => beginHistory(plan, reading(readings, i)));
      this.depthAtStart = deepest?.depth ?? 0;
    }
    const { histories } = this;
    let message: string | undefined;
    this.plans.forEach((plan, i) => {
      const history = histories[i];
      if (!history) return;
      const watched = watchJoint(plan, reading(readings, i), history, this.rig.periodSeconds);
      histories[i] = watched.history;
      message ??= watched.hold;
    });
    if (deepest && this.workspace && deepest.depth > this.depthAtStart + this.workspace.holdBeyond) {
      message ??= `${deepest.part} is ${show(deepest.depth, 'm')} beyond ${deepest.border}.`;
    }
    return message === undefined ? undefined : { step, kind: 'outside-limits', message };
  }

  private limitMotion(
    action: Float64Array,
    states: readonly JointState[],
    observation: ArrayLike<number>,
    step: number,
  ): GuardedAction {
    if (this.driven.length === 0) return { action, events: [] };
    const { periodSeconds } = this.rig;
    const events: EpisodeEvent[] = [];
    const asked = this.driven.map(({ plan }, i) => this.speedOf(plan, states[i], action));
    const speeds = this.driven.map(({ plan }, i) => {
      const state = states[i];
      const speed = asked[i] ?? 0;
      if (!state) return speed;
      const limited = limitJoint(plan, state, speed, periodSeconds);
      if (limited.why !== undefined) {
        const [wanted, given] = [speed, limited.speed].map((one) => this.shown(plan, states[i], one));
        const message = `${plan.name}: ${wanted} asked for, ${given} given: ${limited.why}.`;
        events.push({ step, kind: 'joint-limit', message });
      }
      return limited.speed;
    });
    const inside = this.workspace?.limit(observation, states, speeds);
    if (inside?.touch) {
      const { part, border } = inside.touch;
      const changes = this.driven.flatMap(({ plan }, i) => {
        const [before, after] = [speeds[i] ?? 0, inside.speeds[i] ?? 0];
        if (before === after) return [];
        const [wanted, given] = [before, after].map((one) => this.shown(plan, states[i], one));
        return [`${plan.name} ${wanted} asked for, ${given} given`];
      });
      events.push({
        step,
        kind: 'workspace',
        message: `${part} would touch ${border}: ${changes.join('; ')}.`,
      });
    }
    const given = Float64Array.from(action);
    this.driven.forEach(({ plan }, i) => {
      const speed = inside?.speeds[i] ?? speeds[i] ?? 0;
      if (speed !== asked[i]) given[plan.action] = this.valueOf(plan, states[i], speed);
    });
    return { action: given, events };
  }

  /** The speed that a command asks of its joint. */
  private speedOf(plan: JointPlan, state: JointState | undefined, action: Float64Array): number {
    const value = action[plan.action] ?? 0;
    if (plan.sets === 'velocity') return value;
    const from = startOf(state);
    return Number.isFinite(from) ? (value - from) / this.rig.periodSeconds : 0;
  }

  private valueOf(plan: JointPlan, state: JointState | undefined, speed: number): number {
    if (plan.sets === 'velocity') return speed;
    const from = startOf(state);
    const value = from + speed * this.rig.periodSeconds;
    // Rounding must not carry it past a limit that it has not been past.
    if (from >= plan.low && from <= plan.high) return Math.min(plan.high, Math.max(plan.low, value));
    return value;
  }

  /** As sentences give it: a position where positions are commanded. */
  private shown(plan: JointPlan, state: JointState | undefined, speed: number): string {
    const unit = this.rig.actions[plan.action]?.unit ?? '';
    return show(this.valueOf(plan, state, speed), unit);
  }

  private remember(action: Float64Array, states: readonly JointState[]): void {
    this.speeds = this.driven.map(({ plan }, i) => this.speedOf(plan, states[i], action));
    this.last = action;
  }

  /** [driven] */
  private states(observation: ArrayLike<number>): JointState[] {
    const goals = this.plant.jointGoals?.();
    const readings = this.readings(observation);
    return this.driven.map(({ plan, place }, i) => {
      const now = reading(readings, place);
      const told = goals?.[plan.action];
      const own = plan.sets === 'position' ? (this.last?.[plan.action] ?? now.position) : undefined;
      return {
        position: now.position,
        goal:
          told !== undefined && Number.isFinite(told) && (this.last || plan.sets === 'velocity') ? told : own,
        speed: this.speeds[i] ?? 0,
        slow: slowing(plan, now),
      };
    });
  }

  /** [plans] */
  private readings(observation: ArrayLike<number>): JointReading[] {
    const motors = new Map<string, MotorReading>(
      this.plant.motorReadings?.().map((motor) => [motor.name, motor]),
    );
    return this.plans.map(({ observed, motor }) => {
      const own = motor === undefined ? undefined : motors.get(motor);
      const of = (quantity: keyof JointReading) =>
        (observed[quantity] < 0 ? own?.[quantity] : observation[observed[quantity]]) ?? Number.NaN;
      return {
        position: of('position'),
        velocity: of('velocity'),
        current: of('current'),
        temperature: of('temperature'),
      };
    });
  }
}

const UNKNOWN: JointReading = {
  position: Number.NaN,
  velocity: Number.NaN,
  current: Number.NaN,
  temperature: Number.NaN,
};

function reading(readings: readonly JointReading[], place: number): JointReading {
  return readings[place] ?? UNKNOWN;
}

/** Where a commanded position is counted from. */
function startOf(state: JointState | undefined): number {
  return state?.goal ?? state?.position ?? Number.NaN;
}
