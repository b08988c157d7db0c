import { formulaProblem } from './problem';

export interface Token {
  kind: 'number' | 'word' | 'operator';
  text: string;
  /** Character range in the formula, end exclusive. */
  from: number;
  to: number;
}

const TOKEN =
  /(?<space>\s+)|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_]\w*)|(?<operator><=|>=|==|!=|[-+*/^(),<>?:])/uy;

/** What people write in other languages, and what it is called here. */
const INSTEAD: Record<string, string> = {
  '&': 'write "and" for and',
  '|': 'write "or" for or',
  '!': 'write "not" for not, "!=" for not equal',
  '=': 'write "==" to compare two values',
  '%': 'there is no remainder; use wrap() for angles',
  '{': 'use round brackets',
  '[': 'use round brackets',
};
/** Operators of mathjs that make no sense on channels, and would otherwise be read as multiplication. */
const FOREIGN_WORDS = new Set(['mod', 'to', 'in', 'xor']);

/**
 * Splits a formula into tokens with their positions, which mathjs's syntax tree does not keep. Refuses the parts
 * of mathjs's language that a formula over channels has no use for (matrices, strings, units, assignments) and
 * multiplication without a sign, which is nearly always a forgotten operator.
 */
export function tokenise(formula: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < formula.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(formula);
    if (!match?.groups) {
      const text = String.fromCodePoint(formula.codePointAt(from) ?? 0);
      const hint = INSTEAD[text] ? `; ${INSTEAD[text]}` : '';
      throw formulaProblem(`"${text}" has no meaning in a formula${hint}`, { from, to: from + text.length });
    }
    const { number, word, operator } = match.groups;
    const text = number ?? word ?? operator;
    if (text === undefined) continue;
    const token: Token = {
      kind: number !== undefined ? 'number' : word !== undefined ? 'word' : 'operator',
      text,
      from,
      to: from + text.length,
    };
    if (FOREIGN_WORDS.has(text)) throw formulaProblem(`"${text}" is not available in a formula`, token);
    refuseMissingOperator(tokens.at(-1), token);
    tokens.push(token);
  }
  return tokens;
}

const WORD_OPERATORS = new Set(['and', 'or', 'not']);

function refuseMissingOperator(previous: Token | undefined, token: Token): void {
  if (!previous) return;
  const ends =
    previous.text === ')' ||
    previous.kind === 'number' ||
    (previous.kind === 'word' && !WORD_OPERATORS.has(previous.text));
  const isCall = previous.kind === 'word' && token.text === '(';
  const begins =
    (token.text === '(' && !isCall) ||
    token.kind === 'number' ||
    (token.kind === 'word' && token.text !== 'and' && token.text !== 'or');
  if (ends && begins) {
    throw formulaProblem(`an operator is missing between "${previous.text}" and "${token.text}"`, {
      from: previous.from,
      to: token.to,
    });
  }
}
