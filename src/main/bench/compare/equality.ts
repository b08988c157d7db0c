import { ForesightError } from '../../../shared/errors';
import { type Library, type Results, TITLES } from './contender';

/** How far results may be apart, relative to their own size or, where that is larger, to what is usual among them. */
const TOLERANCE = 1e-3;
/**
 * Share of the returns that may be farther apart: a future that comes as close to the end of an episode as rounding ends
 * one step earlier in one library than in another.
 */
const ROUNDED_ENDINGS = 0.005;

/**
 * That a library computed the same from the same weights and actions: a table of unequal work would say nothing.
 * @throws ForesightError engine with the first result that differs
 */
export function requireEqual(row: string, library: Library, ours: Results, theirs: Results): void {
  for (const [name, expected] of Object.entries(ours)) {
    const given = theirs[name];
    if (given === undefined || given.length !== expected.length) {
      const found = given === undefined ? 'nothing' : `${given.length} numbers`;
      throw unequal(row, library, `${found} for "${name}" and not ${expected.length} numbers`);
    }
    const apart = indicesApart(expected, given);
    const [first] = apart;
    const allowed = name === 'returns' ? Math.floor(ROUNDED_ENDINGS * expected.length) : 0;
    if (first === undefined || apart.length <= allowed) continue;
    const numbers = `${given[first]} and not ${expected[first]}`;
    const of = `${apart.length} of ${expected.length} numbers of "${name}" differ`;
    throw unequal(row, library, `${numbers} (${of} by more than ${TOLERANCE})`);
  }
}

/** Where they differ; a number that is none differs from all. */
function indicesApart(expected: ArrayLike<number>, given: ArrayLike<number>): number[] {
  let squares = 0;
  for (let i = 0; i < expected.length; i++) squares += expected[i] ** 2;
  const usual = Math.sqrt(squares / expected.length);
  const apart: number[] = [];
  for (let i = 0; i < expected.length; i++) {
    const scale = Math.max(usual, Math.abs(expected[i]));
    if (!(Math.abs(expected[i] - given[i]) <= TOLERANCE * scale)) apart.push(i);
  }
  return apart;
}

function unequal(row: string, library: Library, what: string): ForesightError {
  return new ForesightError(
    'engine',
    `${TITLES[library]} does not do the same work as Foresight in "${row}": it has ${what}.`,
    'There is no table, because times of unequal work cannot be compared; tell the developers the versions of both.',
  );
}
