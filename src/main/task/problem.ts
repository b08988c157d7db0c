import { ForesightError } from '../../shared/errors';

/** Character range in a formula, counted from 0, end exclusive. */
export interface FormulaRange {
  from: number;
  to: number;
}

/** A 'bad-formula' error that also carries the place as numbers, for an editor to underline. */
export class FormulaError extends ForesightError {
  constructor(
    message: string,
    next: string,
    readonly problem: string,
    readonly range: FormulaRange | null,
  ) {
    super('bad-formula', message, next);
  }
}

/**
 * What is wrong and where, before it is known which formula it is about: "The formula has a problem at
 * characters 6–15: …". Characters are counted from 1 in sentences.
 */
export function formulaProblem(problem: string, range: FormulaRange | null, next?: string): FormulaError {
  const place = range ? ` at ${characters(range)}` : '';
  return new FormulaError(
    `The formula has a problem${place}: ${problem}${problem.endsWith('?') ? '' : '.'}`,
    next ?? 'Correct the formula in the task; docs/formulas.md lists what it may contain.',
    problem,
    range,
  );
}

function characters({ from, to }: FormulaRange): string {
  return to - from <= 1 ? `character ${from + 1}` : `characters ${from + 1}–${to}`;
}

/** Says which of a task's formulas is wrong. */
export function named<T>(name: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    throw new FormulaError(
      error.message.replace('The formula', `The ${name}`),
      error.next,
      error.problem,
      error.range,
    );
  }
}

/** The known name that was most likely meant, or undefined when none is near. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replace, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (older[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
