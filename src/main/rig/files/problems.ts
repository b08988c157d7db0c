import { ForesightError } from '../../../shared/errors';

const MAX_PROBLEMS_SHOWN = 5;
/** What to do about a rig file that cannot be used. */
export const CORRECT = 'Correct the file as docs/rigs.md describes and try again.';

/** A rig file with everything that is wrong with it, the first few in words. */
export function badRig(path: string, problems: readonly string[], cause?: unknown): ForesightError {
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).join('; ');
  const more = problems.length - MAX_PROBLEMS_SHOWN;
  return new ForesightError(
    'bad-file',
    `${path}: ${shown}${more > 0 ? `; and ${more} more` : ''}.`,
    CORRECT,
    { cause },
  );
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
