import type { Calibration, CalibrationInForce, JointProgress } from '../../../shared/calibration';
import { deviceWords } from '../../../shared/calibration';

/** "90°". */
export const degrees = (rad: number): string => `${Math.round((rad * 180) / Math.PI)}°`;

/** "29 Nov 2026, 14:02", in the time of whoever reads it. */
function when(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return time.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

export function inForceWords({ device, version, madeAt }: CalibrationInForce): string {
  if (version === null) {
    return `None in force on ${deviceWords(device)}: zeros and limits are those of the rig file.`;
  }
  return `Version ${version}${madeAt === null ? '' : ` of ${when(madeAt)}`} is in force on ${deviceWords(device)}.`;
}

export function versionWords({ version, madeAt, origin, note }: Calibration): string {
  const from = origin === 'swept' ? 'by hand' : 'from LeRobot';
  return `${version}: ${when(madeAt)}, ${from}${note === '' ? '' : `, ${note}`}`;
}

/** How far a joint has been moved, of what its rig file expects. */
export function travelWords({ low, high, expected, silent, passive }: JointProgress): string {
  if (silent) return 'does not answer';
  if (passive) return 'only measures';
  const travel = low === null || high === null ? 0 : high - low;
  return expected === null ? degrees(travel) : `${degrees(travel)} of ${degrees(expected)}`;
}

/** Where things stand on a joint's bar, each 0 to 1 of its length. */
export interface Bar {
  low: number;
  high: number;
  at: number;
}

/** Undefined before the joint has answered. */
export function barOf({ low, high, position, expected }: JointProgress): Bar | undefined {
  if (low === null || high === null || position === null) return undefined;
  // As long as what is expected, or as what it was moved through where that is more, with some room at both ends.
  const length = 1.15 * Math.max(expected ?? 2 * Math.PI, high - low);
  const middle = (low + high) / 2;
  const place = (angle: number) => 0.5 + (angle - middle) / length;
  return { low: place(low), high: place(high), at: place(position) };
}
