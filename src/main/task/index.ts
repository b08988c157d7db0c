import type { FormulaCheck, TaskFile } from '../../shared/task';
import { type NumberFormula, numberFormula } from './numbers';
import { type FormulaChannels, parseFormula, parseTermination } from './parse';
import { FormulaError } from './problem';
import { type TensorFormula, tensorFormula } from './tensors';

export type { NumberFormula } from './numbers';
export type { FormulaChannels } from './parse';
export type { TensorFormula } from './tensors';

export type FormulaKind = 'reward' | 'termination';

/** A task for plain numbers, one transition (s, a, s') at a time. */
export interface CompiledTask {
  reward: NumberFormula;
  terminated(...transition: Parameters<NumberFormula>): boolean;
}
/** A task for batches inside a graph; `terminated` is 1 or 0, and null when nothing ends an episode. */
export interface TensorTask {
  reward: TensorFormula;
  terminated: TensorFormula | null;
}

/** f(s, a, s') on plain float64 numbers. @throws FormulaError */
export function compileNumbers(
  formula: string,
  channels: FormulaChannels,
  kind: FormulaKind = 'reward',
): NumberFormula {
  return numberFormula(parse(formula, channels, kind));
}

/** f(s, a, s') on float32 tensors, pure and traceable. @throws FormulaError */
export function compileTensors(
  formula: string,
  channels: FormulaChannels,
  kind: FormulaKind = 'reward',
): TensorFormula {
  return tensorFormula(parse(formula, channels, kind));
}

export function compileTask(task: TaskFile, channels: FormulaChannels): CompiledTask {
  const reward = named(`reward of task "${task.name}"`, () => compileNumbers(task.reward, channels));
  const ends = named(`termination of task "${task.name}"`, () =>
    compileNumbers(task.termination, channels, 'termination'),
  );
  return { reward, terminated: (before, action, after) => ends(before, action, after) !== 0 };
}

export function compileTensorTask(task: TaskFile, channels: FormulaChannels): TensorTask {
  const reward = named(`reward of task "${task.name}"`, () => compileTensors(task.reward, channels));
  if (task.termination.trim() === '') return { reward, terminated: null };
  const terminated = named(`termination of task "${task.name}"`, () =>
    compileTensors(task.termination, channels, 'termination'),
  );
  return { reward, terminated };
}

/** What an editor shows while a formula is typed. Never throws for a wrong formula. */
export function checkFormula(formula: string, channels: FormulaChannels, kind: FormulaKind): FormulaCheck {
  try {
    parse(formula, channels, kind);
    return { ok: true, problem: null, from: null, to: null };
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return {
      ok: false,
      problem: error.message,
      from: error.range?.from ?? null,
      to: error.range?.to ?? null,
    };
  }
}

function parse(formula: string, channels: FormulaChannels, kind: FormulaKind) {
  return kind === 'termination' ? parseTermination(formula, channels) : parseFormula(formula, channels);
}

/** Says which of a task's formulas is wrong. */
function named<T>(name: string, compile: () => T): T {
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
