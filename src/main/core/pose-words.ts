import type { JointCheck } from '../../shared/pose-check';
import type { ObservationChannel } from '../../shared/rig';

/** What a joint may differ by without having moved: noise, and what it gives under its load. */
const STILL = { rad: 0.03, m: 0.005 } as const;

type Unit = keyof typeof STILL;

/** Joints by their positions as they were seen last and as they are now, [observations] each; what is not known is left out. */
export function compareJoints(
  { observations }: { observations: readonly Pick<ObservationChannel, 'name' | 'unit' | 'angle'>[] },
  before: readonly number[],
  now: readonly number[],
): JointCheck[] {
  return observations.flatMap(({ name, unit, angle }, i) => {
    const [was, is] = [before[i], now[i]];
    if (!isPosition(unit) || was === undefined || is === undefined) return [];
    if (!Number.isFinite(was) || !Number.isFinite(is)) return [];
    const difference = angle ? wrapped(is - was) : is - was;
    const moved = Math.abs(difference) > STILL[unit];
    const words = moved ? movedWords(name, unit, was, is, difference) : null;
    return [{ channel: name, unit, before: was, now: is, difference, moved: words }];
  });
}

function isPosition(unit: string): unit is Unit {
  return Object.hasOwn(STILL, unit);
}

function movedWords(name: string, unit: Unit, was: number, is: number, difference: number): string {
  const digits = unit === 'rad' ? 2 : 3;
  const by = Math.abs(difference).toFixed(digits);
  const degrees = unit === 'rad' ? `, ${Math.round((Math.abs(difference) * 180) / Math.PI)}°` : '';
  const way = difference > 0 ? 'more' : 'less';
  return `${name} is at ${is.toFixed(digits)} ${unit}: ${by} ${unit}${degrees} ${way} than when it was last seen (${was.toFixed(digits)} ${unit}).`;
}

/** To [−π, π). */
function wrapped(angle: number): number {
  return angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
}
