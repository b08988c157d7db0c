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
