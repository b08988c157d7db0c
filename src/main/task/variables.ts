import type { SharedExpression } from './expression';
import { type FormulaChannels, type FormulaVariables, parseFormula, RESERVED_NAMES } from './parse';
import { formulaProblem, named } from './problem';

/** Enough for the kinematics of any arm; what a tree of shared parts costs grows with it. */
const MAX_VARIABLES = 200;

/**
 * Reads a task's variables, each over the channels and the variables before it.
 * @param title what a sentence calls one of them
 * @throws FormulaError
 */
export function parseVariables(
  formulas: Readonly<Record<string, string>> | undefined,
  channels: FormulaChannels,
  title = (name: string) => `variable ${name}`,
): FormulaVariables {
  const byName = new Map<string, SharedExpression>();
  const variables: FormulaVariables = { byName, before: new Map() };
  const entries = Object.entries(formulas ?? {});
  const taken = new Set([...channels.observations, ...channels.actions].map(({ name }) => name));
  entries.forEach(([name, formula], i) => {
    named(title(name), () => {
      if (i >= MAX_VARIABLES) {
        throw formulaProblem(`a task may have ${MAX_VARIABLES} variables, and this is one more`, null);
      }
      if (taken.has(name)) {
        throw formulaProblem(`${name} is a channel of this rig; a variable needs a name of its own`, null);
      }
      if (RESERVED_NAMES.includes(name)) {
        throw formulaProblem(`${name} is a word of the formula language; call the variable otherwise`, null);
      }
      refuseLater(
        name,
        formula,
        entries.slice(i).map(([later]) => later),
      );
      byName.set(name, { kind: 'shared', value: parseFormula(formula, channels, variables) });
    });
  });
  return variables;
}

/** A variable may only use earlier ones, so that nothing goes in circles. */
function refuseLater(name: string, formula: string, later: readonly string[]): void {
  for (const match of formula.matchAll(/[A-Za-z_]\w*/gu)) {
    const [word] = match;
    if (!later.includes(word)) continue;
    const range = { from: match.index, to: match.index + word.length };
    throw formulaProblem(
      word === name
        ? `${name} cannot be made of itself; before(…) is there for observations`
        : `${word} comes later; a variable is made of channels and of variables before it`,
      range,
      'Put the variables into an order in which each uses only those before it.',
    );
  }
}
