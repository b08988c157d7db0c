import { z } from 'zod';

/**
 * How a number that is not known travels: as null. In memory and in the log's columns it is NaN; JSON has no NaN, and
 * an infinity is as little a reading. Whatever crosses the contract and may be unknown has one of these two schemas.
 */
export function knownOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A number by row, null where it is not known. Long ones are brought to null by `knownSeries`, not by the schema. */
export const Series = z.array(z.number().nullable());
export type Series = z.infer<typeof Series>;

export function knownSeries(values: Iterable<number>): Series {
  return Array.from(values, knownOrNull);
}

/** A reading of a device, which may be anything: what is no number on the way in is null on the way out. */
export const Reading = z
  .custom<number | null>((value) => value === null || typeof value === 'number', 'expected a number or null')
  .transform((value) => (value === null ? null : knownOrNull(value)));
