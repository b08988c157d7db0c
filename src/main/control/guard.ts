import { nearestValue } from '../../shared/discrete';
import type { EpisodeEvent } from '../../shared/episode';
import { type ActionChannel, RATE_ROUNDING, type RigFile } from '../../shared/rig';
import type { PlantLimits } from '../rig/driver';

/**
 * The guard stands between every controller and the driver. Pure: it is given the last action that went out and
 * what is asked for now, and says what goes out and what it changed.
 *
 * Whatever comes in, what goes out is finite, within the channel's limits, and within the channel's rate from what
 * went out before. A request that is not a finite number is refused: the channel goes to its hold value instead
 * (at the allowed rate, because a jump to hold is a jump too). A discrete channel gets the nearest of its values, and
 * under a rate the one nearest to that among those that are in reach from where it is: rig files in which a next value can
 * be out of reach are refused when they are read.
 */
export interface GuardedAction {
  /** [actions], what the driver is given. */
  action: Float64Array;
  events: EpisodeEvent[];
}

/** What "hold" commands, clipped to the limits. */
export function holdAction(actions: readonly ActionChannel[]): Float64Array {
  return Float64Array.from(actions, (channel) => clip(channel.hold, channel.limits));
}

/** What somebody says that the rig stands at, as if it had gone out: rates count from there. */
export function standingAt(actions: readonly ActionChannel[], said: ArrayLike<number>): Float64Array {
  const unhurried = actions.map((channel) => ({ ...channel, ratePerSecond: undefined }));
  return guardAction(unhurried, 1, holdAction(actions), said, 0).action;
}

/**
 * @param requested [actions] from the controller; missing or surplus numbers count as "not finite"
 * @param previous [actions] what went out one period ago, itself an output of the guard or `holdAction`
 */
export function guardAction(
  actions: readonly ActionChannel[],
  periodSeconds: number,
  previous: Float64Array,
  requested: ArrayLike<number>,
  step: number,
): GuardedAction {
  const events: EpisodeEvent[] = [];
  const action = new Float64Array(actions.length);
  actions.forEach((channel, i) => {
    const asked = requested[i];
    let target: number;
    if (asked === undefined || !Number.isFinite(asked)) {
      target = clip(channel.hold, channel.limits);
      events.push({
        step,
        kind: 'guard-clip',
        message: `${channel.name}: ${asked ?? 'nothing'} asked for, refused; ${show(target, channel)} instead.`,
      });
    } else {
      target = channel.values ? nearestValue(channel.values, asked) : clip(asked, channel.limits);
      if (channel.values ? !isSame(target, asked, channel.limits) : target !== asked) {
        const how = channel.values ? 'no value it can have;' : 'clipped to';
        const given = channel.values ? `${show(target, channel)} instead` : show(target, channel);
        events.push({
          step,
          kind: 'guard-clip',
          message: `${channel.name}: ${show(asked, channel)} asked for, ${how} ${given}.`,
        });
      }
    }
    const limited = limitRate(target, previous[i] ?? target, channel, periodSeconds);
    if (limited !== target) {
      events.push({
        step,
        kind: 'guard-rate',
        message: `${channel.name}: ${show(target, channel)} is too fast a change, limited to ${show(limited, channel)}.`,
      });
    }
    action[i] = limited;
  });
  return { action, events };
}

/**
 * What the plant makes of an action that the guard let through: clipped to limits of its own where those are tighter than
 * the rig file's. This is what is applied, so this is what is sent and recorded.
 */
export function plantAction(
  actions: readonly ActionChannel[],
  limits: PlantLimits,
  action: Float64Array,
  step: number,
): GuardedAction {
  const events: EpisodeEvent[] = [];
  const applied = Float64Array.from(action, (value, i) => {
    const channel = actions[i];
    const own = limits[i];
    if (!channel || !own) return value;
    const clipped = clip(value, own);
    if (clipped !== value) {
      const message = `${channel.name}: the plant applies ${show(clipped, channel)} instead of ${show(value, channel)}, its own limits are ${own[0]} to ${own[1]}.`;
      events.push({ step, kind: 'guard-clip', message });
    }
    return clipped;
  });
  return { action: applied, events };
}

/**
 * Why this observation must bring the rig to hold, or undefined. A value that is not a finite number always does;
 * leaving a channel's limits does when `safety.holdOutsideLimits` is set.
 */
export function guardObservation(
  rig: RigFile,
  observation: ArrayLike<number>,
  step: number,
): EpisodeEvent | undefined {
  for (const [i, channel] of rig.observations.entries()) {
    const value = observation[i] ?? Number.NaN;
    const reason = !Number.isFinite(value)
      ? `${channel.name} reads ${value}.`
      : rig.safety.holdOutsideLimits && channel.limits && clip(value, channel.limits) !== value
        ? `${channel.name} is at ${show(value, channel)}, outside its limits ${channel.limits[0]} to ${channel.limits[1]}.`
        : undefined;
    if (reason !== undefined) return { step, kind: 'outside-limits', message: reason };
  }
  return undefined;
}

function clip(value: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, value));
}

/** Rounding to float32, in which plans are kept, makes no other value of a list. */
function isSame(value: number, asked: number, [low, high]: readonly [number, number]): boolean {
  return Math.abs(value - asked) <= 1e-6 * (high - low);
}

/** `previous` moved towards `target` by at most one period's allowance; exactly `target` when that is in reach. */
function limitRate(
  target: number,
  previous: number,
  { ratePerSecond, values }: ActionChannel,
  periodSeconds: number,
): number {
  if (ratePerSecond === undefined) return target;
  const allowed = ratePerSecond * periodSeconds;
  if (Math.abs(target - previous) <= allowed) return target;
  if (values) {
    const inReach = values.filter((value) => Math.abs(value - previous) <= allowed * (1 + RATE_ROUNDING));
    return inReach.length > 0 ? nearestValue(inReach, target) : nearestValue(values, previous);
  }
  // Rounding must not carry the result past the target, which lies within the limits.
  return target > previous ? Math.min(target, previous + allowed) : Math.max(target, previous - allowed);
}

function show(value: number, channel: { unit: string }): string {
  const digits = Number(value.toPrecision(4)).toString();
  return channel.unit === '1' ? digits : `${digits} ${channel.unit}`;
}
