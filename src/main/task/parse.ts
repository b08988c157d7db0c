import type { MathNode, OperatorNode } from 'mathjs';
import { create, parseDependencies } from 'mathjs/number';
import { nearestName } from '../../shared/nearest-name';
import {
  type BinaryOp,
  beforeStep,
  binary,
  constant,
  type Expression,
  isTruth,
  type SharedExpression,
  type UnaryOp,
  unary,
  uses,
  wrapped,
} from './expression';
import { type FormulaRange, formulaProblem } from './problem';
import { type Token, tokenise } from './tokens';

/** The channels that a formula may name; a rig file's and a model's channel lists both fit. */
export interface FormulaChannels {
  observations: readonly { name: string }[];
  actions: readonly { name: string }[];
}

/** What a formula may name besides channels: variables by name, and their values before the step once asked for. */
export interface FormulaVariables {
  byName: ReadonlyMap<string, SharedExpression>;
  before: Map<SharedExpression, SharedExpression>;
}
const noVariables: FormulaVariables = { byName: new Map(), before: new Map() };

/** Longest formula, deepest brackets and most parts: enough for any reward, too little to exhaust the stack. */
const MAX_LENGTH = 4000;
const MAX_DEPTH = 100;
const MAX_NODES = 1000;

const UNARY_FUNCTIONS: Record<string, UnaryOp> = {
  abs: 'abs',
  sqrt: 'sqrt',
  exp: 'exp',
  log: 'log',
  sin: 'sin',
  cos: 'cos',
  tan: 'tan',
  tanh: 'tanh',
  sign: 'sign',
  square: 'square',
};
const FUNCTION_NAMES = [...Object.keys(UNARY_FUNCTIONS), 'min', 'max', 'wrap', 'before'];
const CONSTANTS: Record<string, number> = { pi: Math.PI, e: Math.E };
/** What no variable of a task may be called. */
export const RESERVED_NAMES: readonly string[] = [...FUNCTION_NAMES, ...Object.keys(CONSTANTS)];
/** mathjs's names of operators. */
const BINARY_OPERATORS: Record<string, BinaryOp> = {
  add: 'add',
  subtract: 'subtract',
  multiply: 'multiply',
  divide: 'divide',
  pow: 'power',
  smaller: 'less',
  smallerEq: 'lessEqual',
  larger: 'greater',
  largerEq: 'greaterEqual',
  equal: 'equal',
  unequal: 'notEqual',
  and: 'and',
  or: 'or',
};

// mathjs in full would bring units, matrices and an evaluator; only its parser is wanted.
const mathjs = create({ parseDependencies }, {});

/**
 * Reads a formula in mathjs syntax (shared/task.ts says what it may contain) into a checked tree. Nothing in it
 * is ever evaluated as code.
 * @throws FormulaError ('bad-formula') that says where and what is known.
 */
export function parseFormula(
  formula: string,
  channels: FormulaChannels,
  variables: FormulaVariables = noVariables,
): Expression {
  if (formula.length > MAX_LENGTH) {
    throw formulaProblem(`it has ${formula.length} characters, and ${MAX_LENGTH} is the limit`, null);
  }
  const tokens = tokenise(formula);
  if (tokens.length === 0) throw formulaProblem('it is empty', null);
  refuseDeepNesting(tokens);
  const builder = new TreeBuilder(channels, variables, tokens);
  return builder.build(parseSyntax(formula));
}

/** A termination must be a truth value: "abs(x) - 2.4" in place of "abs(x) > 2.4" would end every episode. */
export function parseTermination(
  formula: string,
  channels: FormulaChannels,
  variables: FormulaVariables = noVariables,
): Expression {
  if (formula.trim() === '') return constant(0, true);
  return parseTruth(
    formula,
    channels,
    variables,
    'a termination must be true or false, for example abs(x) > 2.4',
  );
}

/** A success must be a truth value. */
export const parseSuccess = (
  formula: string,
  channels: FormulaChannels,
  variables: FormulaVariables,
): Expression =>
  parseTruth(formula, channels, variables, 'a success must be true or false, for example distance < 0.05');

function parseTruth(
  formula: string,
  channels: FormulaChannels,
  variables: FormulaVariables,
  must: string,
): Expression {
  const expression = parseFormula(formula, channels, variables);
  if (isTruth(expression)) return expression;
  throw formulaProblem(`${must}, and this is a number`, { from: 0, to: formula.length });
}

function refuseDeepNesting(tokens: Token[]): void {
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (depth > MAX_DEPTH) throw formulaProblem(`brackets are nested deeper than ${MAX_DEPTH}`, token);
  }
}

function parseSyntax(formula: string): MathNode {
  try {
    // mathjs takes a line break as the end of an expression; a long formula may have some.
    return mathjs.parse(formula.replace(/\s/gu, ' '));
  } catch (cause) {
    if (cause instanceof RangeError) throw formulaProblem('it is nested too deeply', null);
    if (!(cause instanceof SyntaxError)) throw cause;
    const place = /^(.*?)\s*\(char (\d+)\)$/u.exec(cause.message);
    const what = place?.[1] ?? cause.message;
    const from = Math.min(Number(place?.[2] ?? 1) - 1, formula.length);
    const sentence = what.charAt(0).toLowerCase() + what.slice(1);
    throw formulaProblem(sentence, { from, to: Math.min(from + 1, Math.max(formula.length, from)) });
  }
}

/** Walks mathjs's tree in the order of the text, so that the next word token is always the node's own name. */
class TreeBuilder {
  #nodes = 0;
  #words: Token[];
  readonly #observations: string[];
  readonly #actions: string[];
  readonly #whole: FormulaRange;

  constructor(
    channels: FormulaChannels,
    private readonly variables: FormulaVariables,
    tokens: Token[],
  ) {
    this.#observations = channels.observations.map((c) => c.name);
    this.#actions = channels.actions.map((c) => c.name);
    const notNames = new Set(['and', 'or', 'not', 'true', 'false', 'NaN', 'Infinity', 'null', 'undefined']);
    this.#words = tokens.filter((t) => t.kind === 'word' && !notNames.has(t.text)).reverse();
    this.#whole = { from: tokens[0]?.from ?? 0, to: tokens.at(-1)?.to ?? 0 };
  }

  build(node: MathNode): Expression {
    if (++this.#nodes > MAX_NODES) {
      throw formulaProblem(`it has more than ${MAX_NODES} parts`, this.#whole);
    }
    const build = (child: MathNode) => this.build(child);
    if (is(node, 'ParenthesisNode')) return build(node.content);
    if (is(node, 'ConstantNode')) return this.#constant(node.value);
    if (is(node, 'SymbolNode')) return this.#name(this.#nextWord());
    if (is(node, 'ConditionalNode')) {
      const [condition, yes, no] = [build(node.condition), build(node.trueExpr), build(node.falseExpr)];
      return { kind: 'choose', condition, yes, no };
    }
    if (is(node, 'RelationalNode')) return this.#chain(node.conditionals, node.params.map(build));
    if (is(node, 'OperatorNode')) return this.#operator(node, node.args.map(build));
    if (is(node, 'FunctionNode')) return this.#call(node.args, build);
    if (is(node, 'RangeNode')) throw formulaProblem('":" needs a condition and "?" before it', this.#whole);
    throw formulaProblem('it contains something that is no formula over channels', this.#whole);
  }

  /** A name whose token is on top; mathjs and the tokens agree because both follow the text. */
  #nextWord(): Token {
    const token = this.#words.pop();
    if (!token) throw formulaProblem('it contains something that is no formula over channels', this.#whole);
    return token;
  }

  #constant(value: unknown): Expression {
    if (typeof value === 'boolean') return constant(value ? 1 : 0, true);
    if (typeof value === 'number' && Number.isFinite(value)) return constant(value);
    throw formulaProblem(`${String(value)} is not a number a formula can use`, this.#whole);
  }

  #name(token: Token): Expression {
    const after = this.#observations.indexOf(token.text);
    if (after >= 0) return { kind: 'channel', source: 'after', index: after };
    const action = this.#actions.indexOf(token.text);
    if (action >= 0) return { kind: 'channel', source: 'action', index: action };
    const variable = this.variables.byName.get(token.text);
    if (variable) return variable;
    const value = Object.hasOwn(CONSTANTS, token.text) ? CONSTANTS[token.text] : undefined;
    if (value !== undefined) return constant(value);
    if (FUNCTION_NAMES.includes(token.text)) {
      throw formulaProblem(`${token.text} is a function and needs brackets: ${token.text}(…)`, token);
    }
    throw this.#unknownChannel(token);
  }

  #chain(conditionals: readonly string[], params: Expression[]): Expression {
    const links = conditionals.map((fn, i) => this.#combine(fn, [params[i], params[i + 1]]));
    return links.reduce((left, right) => binary('and', left, right));
  }

  #operator(node: OperatorNode, args: Expression[]): Expression {
    const [operand] = args;
    if (operand && args.length === 1) {
      if (node.fn === 'unaryMinus') return unary('negate', operand);
      if (node.fn === 'unaryPlus') return operand;
      if (node.fn === 'not') return unary('not', operand);
    }
    return this.#combine(node.fn, args);
  }

  #combine(fn: string, [left, right]: (Expression | undefined)[]): Expression {
    const op = Object.hasOwn(BINARY_OPERATORS, fn) ? BINARY_OPERATORS[fn] : undefined;
    if (!op || !left || !right) throw formulaProblem(`the operator ${fn} is not available`, this.#whole);
    // x^2 is most of what powers are used for, and an exact multiplication.
    if (op === 'power' && right.kind === 'constant' && right.value === 2) return unary('square', left);
    return binary(op, left, right);
  }

  #call(args: MathNode[], build: (node: MathNode) => Expression): Expression {
    const token = this.#nextWord();
    const name = token.text;
    if (name === 'before') return this.#before(token, args);
    if (!FUNCTION_NAMES.includes(name)) {
      const meant = nearestName(name, FUNCTION_NAMES);
      const hint = meant ? `; did you mean ${meant}?` : '';
      throw formulaProblem(
        `unknown function ${name}; available are ${FUNCTION_NAMES.join(', ')}${hint}`,
        token,
      );
    }
    const operands = args.map(build);
    const [first, ...rest] = operands;
    const variadic = name === 'min' || name === 'max';
    if (!first || (variadic ? rest.length === 0 : rest.length > 0)) {
      const wanted = variadic ? 'two values or more' : 'one value';
      throw formulaProblem(`${name} takes ${wanted} and has ${operands.length}`, token);
    }
    if (variadic) return rest.reduce((left, right) => binary(name, left, right), first);
    if (name === 'wrap') return wrapped(first);
    const op = UNARY_FUNCTIONS[name];
    if (!op) throw formulaProblem(`unknown function ${name}`, token);
    return unary(op, first);
  }

  /** before(name): the observation s that the step started from, or a variable's formula there. */
  #before(token: Token, args: MathNode[]): Expression {
    const [argument] = args;
    if (args.length !== 1 || !argument || !is(argument, 'SymbolNode')) {
      throw formulaProblem('before takes the name of one observation, as in before(x)', token);
    }
    const name = this.#nextWord();
    const index = this.#observations.indexOf(name.text);
    if (index >= 0) return { kind: 'channel', source: 'before', index };
    const variable = this.variables.byName.get(name.text);
    if (variable) return this.#variableBefore(variable, name);
    if (this.#actions.includes(name.text)) {
      throw formulaProblem(
        `before takes an observation, and ${name.text} is an action, which has one value a step`,
        name,
      );
    }
    throw this.#unknownChannel(name);
  }

  #variableBefore(variable: SharedExpression, name: Token): Expression {
    if (uses(variable, 'action')) {
      throw formulaProblem(
        `${name.text} is made of an action, which has one value a step, so that there is no before(${name.text})`,
        name,
      );
    }
    if (uses(variable, 'before')) {
      throw formulaProblem(
        `${name.text} is made of values before the step, and what was before those is not known`,
        name,
      );
    }
    return beforeStep(variable, this.variables.before);
  }

  #unknownChannel(token: Token) {
    const channels = [...this.#observations, ...this.#actions];
    const variables = [...this.variables.byName.keys()];
    const meant = nearestName(token.text, [...channels, ...variables, ...FUNCTION_NAMES]);
    const hint = meant ? `; did you mean ${meant}?` : '';
    const known = `this rig has ${channels.join(', ')}`;
    const besides = variables.length > 0 ? `, this task the variables ${variables.join(', ')}` : '';
    return formulaProblem(`unknown channel ${token.text}; ${known}${besides}${hint}`, token);
  }
}

interface NodeTypes {
  ParenthesisNode: import('mathjs').ParenthesisNode;
  ConstantNode: Omit<import('mathjs').ConstantNode, 'value'> & { value: unknown };
  SymbolNode: import('mathjs').SymbolNode;
  ConditionalNode: import('mathjs').ConditionalNode;
  RelationalNode: import('mathjs').RelationalNode & { conditionals: string[]; params: MathNode[] };
  OperatorNode: OperatorNode;
  FunctionNode: import('mathjs').FunctionNode;
  RangeNode: import('mathjs').RangeNode;
}

function is<T extends keyof NodeTypes>(node: { type: string }, type: T): node is NodeTypes[T] & { type: T } {
  return node.type === type;
}
