import type { Database } from 'better-sqlite3';
import type { EpisodeFlag } from '../../../shared/flags';
import { median } from '../../../shared/statistics';

/** With fewer others nobody can say what is usual. */
const LEAST_OTHERS = 8;
/** Half or twice as long as the middle one in any case, and 3.5 robust standard deviations where lengths differ much. */
const LEAST_FACTOR = 2;
const DEVIATIONS = 3.5;
/** Of a normal distribution the standard deviation is so many times the median distance from the median. */
const PER_MEDIAN_DISTANCE = 1.4826;

export interface UsualLength {
  /** Steps. */
  median: number;
  least: number;
  most: number;
}

/** How long episodes of these lengths usually are, in steps; undefined where they are too few. By ratios: half is as far as twice. */
export function usualLength(steps: readonly number[]): UsualLength | undefined {
  if (steps.length < LEAST_OTHERS) return undefined;
  const logs = steps.map((count) => Math.log(Math.max(1, count)));
  const middle = median(logs);
  const distance = PER_MEDIAN_DISTANCE * median(logs.map((log) => Math.abs(log - middle)));
  const far = Math.max(Math.log(LEAST_FACTOR), DEVIATIONS * distance);
  return { median: Math.exp(middle), least: Math.exp(middle - far), most: Math.exp(middle + far) };
}

/** Of all episodes of a rig by this name that are not deleted. */
export function usualLengthOf(database: Database, rig: string): UsualLength | undefined {
  const steps = database
    .prepare<[string], number>(
      `SELECT max(0, e.rows - 1) FROM episodes e JOIN rigs r ON r.id = e.rig
       WHERE r.name = ? AND e.deleted_at IS NULL AND e.state IN ('complete', 'interrupted')`,
    )
    .pluck()
    .all(rig);
  return usualLength(steps);
}

/** By the names of all rigs that have enough episodes. */
export function usualLengths(database: Database): { rig: string; usual: UsualLength }[] {
  const rigs = database.prepare<[], string>('SELECT DISTINCT name FROM rigs').pluck().all();
  return rigs.flatMap((rig) => {
    const usual = usualLengthOf(database, rig);
    return usual === undefined ? [] : [{ rig, usual }];
  });
}

export function lengthFlag(usual: UsualLength | undefined, rig: string, steps: number): EpisodeFlag[] {
  if (usual === undefined || (steps > usual.least && steps < usual.most)) return [];
  const amount = steps / usual.median;
  const message = `${steps} steps, where episodes of ${rig} usually have ${Math.round(usual.median)}: ${amount < 1 ? 'was it ended early?' : 'did it not end?'}`;
  return [{ kind: 'length', channel: null, from: 0, to: Math.max(0, steps), amount, message }];
}
