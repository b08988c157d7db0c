import type { DatasetColumn } from './types';

/** What a column is taken for by its name, where the file does not say it and nobody asks for another. */
export function roleOf(column: string): DatasetColumn['role'] {
  if (/^(next[._/])/i.test(column)) return null;
  if (/^(action|control|command|ctrl)s?([^a-z]|$)/i.test(column)) return 'action';
  if (/^(observation|obs|state|robot_state|qpos|qvel)s?([^a-z]|$)/i.test(column)) return 'observation';
  return null;
}

/** A column of a file that says nothing of it but its name. */
export function plainColumn(column: string, name = column): DatasetColumn {
  return { column, name, unit: null, angle: false, limits: null, role: roleOf(column) };
}

/** The columns that a vector's elements are: `vector/name`, or `vector/0`. */
export function elementColumns(
  vector: string,
  width: number,
  names: readonly string[] = [],
): DatasetColumn[] {
  return Array.from({ length: width }, (_, i) => {
    const element = names[i] ?? String(i);
    const named = names[i] === undefined ? `${vector}_${i}` : element;
    return { ...plainColumn(`${vector}/${element}`, named), role: roleOf(vector) };
  });
}

/** Middle of the steps between times; undefined of fewer than two. */
export function usualStep(times: Float64Array): number | undefined {
  const steps = times.subarray(1).map((time, i) => time - (times[i] ?? Number.NaN));
  const forward = steps.filter((step) => step > 0).sort();
  return forward[Math.floor(forward.length / 2)];
}
