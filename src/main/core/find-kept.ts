import { ForesightError } from '../../shared/errors';

/** What is kept under its hash and listed by a name. */
interface Kept {
  hash: string;
  name: string;
  createdAt: number;
}

/** Fewer digits of a hash than this are taken for a name. */
const BEGINNING = 6;

/**
 * One of what is kept: by hash, by name (the newest of that name), or by the beginning of a hash.
 * @param words.kind "model" · "policy"; `none` what to do where there is none yet
 * @throws not-found; wrong-use for a beginning that several hashes have
 */
export function findKept<T extends Kept>(
  all: readonly T[],
  wanted: string,
  words: { kind: string; none: string },
): T {
  const exact =
    all.find(({ hash }) => hash === wanted) ??
    all.filter(({ name }) => name === wanted).sort((a, b) => b.createdAt - a.createdAt)[0];
  if (exact) return exact;
  const beginning = wanted.length >= BEGINNING ? all.filter(({ hash }) => hash.startsWith(wanted)) : [];
  const [one] = beginning;
  if (one && beginning.length === 1) return one;
  if (one) {
    throw new ForesightError(
      'wrong-use',
      `More than one ${words.kind} of this workspace has a hash that begins with "${wanted}": ${named(beginning)}.`,
      'Give more digits of the hash, or the name.',
    );
  }
  throw new ForesightError(
    'not-found',
    `There is no ${words.kind} "${wanted}" in this workspace.`,
    all.length > 0 ? `Choose one of: ${named(all)}.` : words.none,
  );
}

/** With as many digits as tell them apart, 8 or more. */
function named(some: readonly Kept[]): string {
  const apart = (digits: number) => new Set(some.map(({ hash }) => hash.slice(0, digits))).size;
  let digits = 8;
  while (digits < 64 && apart(digits) < some.length) digits++;
  return some.map(({ name, hash }) => `${name} (${hash.slice(0, digits)})`).join(', ');
}
