import type { JointPlan, Watched } from '../../../shared/safety/joint-limits';
import { show } from './motion';

/** What is known of a joint now; NaN where nothing is. */
export interface JointReading {
  position: number;
  velocity: number;
  current: number;
  temperature: number;
}

/** What has been seen of a joint since it began to move. */
export interface JointHistory {
  /** How far outside its position limits it was then; a joint that was brought there by hand may be moved back. */
  outsideAtStart: number;
  /** s without a break above the most, so far. */
  currentFor: number;
  temperatureFor: number;
}

/** A joint is slowed to no less than this share of its speed before it is held. */
const SLOWEST = 0.1;

export function beginHistory(plan: JointPlan, { position }: JointReading): JointHistory {
  return { outsideAtStart: outside(plan, position), currentFor: 0, temperatureFor: 0 };
}

/** Why a joint must be brought to hold, as a sentence, or undefined; and what is remembered of it. */
export function watchJoint(
  plan: JointPlan,
  reading: JointReading,
  history: JointHistory,
  periodSeconds: number,
): { hold: string | undefined; history: JointHistory } {
  const { name, unit } = plan;
  const next = {
    ...history,
    currentFor: since(plan.current, Math.abs(reading.current), history.currentFor, periodSeconds),
    temperatureFor: since(plan.temperature, reading.temperature, history.temperatureFor, periodSeconds),
  };
  const beyond = outside(plan, reading.position);
  const [low, high] = [plan.low, plan.high].map((limit) => show(limit, unit));
  const hold =
    beyond > history.outsideAtStart + plan.holdBeyond
      ? `${name} is at ${show(reading.position, unit)}, beyond its limits ${low} to ${high}.`
      : Math.abs(reading.velocity) > plan.speedHold
        ? `${name} moves at ${show(reading.velocity, `${unit}/s`)}, more than ${show(plan.speedHold, `${unit}/s`)}.`
        : (tooMuch(name, 'its current is', 'A', plan.current, reading.current, next.currentFor) ??
          tooMuch(name, 'it has', '°C', plan.temperature, reading.temperature, next.temperatureFor));
  return { hold, history: next };
}

/** What of a joint is beyond a limit at this moment, as sentences. */
export function beyondNow(plan: JointPlan, { position, current, temperature }: JointReading): string[] {
  const { name, unit, low, high } = plan;
  const at = outside(plan, position);
  return [
    ...(at > 0
      ? [
          `${name} is at ${show(position, unit)}, beyond its limits ${show(low, unit)} to ${show(high, unit)}.`,
        ]
      : []),
    ...(plan.current && Math.abs(current) > plan.current.most
      ? [`${name}: its current is ${show(current, 'A')}, more than ${show(plan.current.most, 'A')}.`]
      : []),
    ...(plan.temperature && temperature > plan.temperature.most
      ? [`${name}: it has ${show(temperature, '°C')}, more than ${show(plan.temperature.most, '°C')}.`]
      : []),
  ];
}

/** The share of its speed that a joint keeps, from 1 down as its current or temperature comes near to its most. */
export function slowing(plan: JointPlan, { current, temperature }: JointReading): number {
  return Math.min(share(plan.current, Math.abs(current)), share(plan.temperature, temperature));
}

function share(watched: Watched | undefined, value: number): number {
  if (!watched || !(value > watched.slowFrom)) return 1;
  return Math.max(SLOWEST, (watched.most - value) / (watched.most - watched.slowFrom));
}

function since(watched: Watched | undefined, value: number, before: number, periodSeconds: number): number {
  return watched && value > watched.most ? before + periodSeconds : 0;
}

function tooMuch(
  name: string,
  what: string,
  unit: string,
  watched: Watched | undefined,
  value: number,
  lasted: number,
): string | undefined {
  if (!watched || lasted === 0 || lasted < watched.forSeconds) return undefined;
  return `${name}: ${what} ${show(value, unit)}, more than ${show(watched.most, unit)}.`;
}

/** 0 inside, and where nobody knows. */
function outside({ low, high }: JointPlan, position: number): number {
  return Math.max(0, low - position || 0, position - high || 0);
}
