/**
 * A form as it was kept in local storage, onto today's: only fields that today's form has, and only of its kind, so that what
 * another version kept can do no harm. A number that is not there any more was an emptied field: JSON has no NaN.
 */
export function restored<T>(today: T, kept: unknown): T {
  if (!isPlain(today) || !isPlain(kept)) return today;
  const out: Record<string, unknown> = { ...today };
  for (const [key, value] of Object.entries(today)) {
    if (key in kept) out[key] = restoredField(value, kept[key]);
  }
  return out as T;
}

function restoredField(today: unknown, kept: unknown): unknown {
  if (isPlain(today)) return Object.keys(today).length === 0 && isPlain(kept) ? kept : restored(today, kept);
  if (typeof today === 'number' && kept === null) return Number.NaN;
  return today === null || typeof today === typeof kept ? kept : today;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
