import type { FormulaCheck, TaskFile } from '../../shared/task';
import type { Expression } from './expression';
import { type NumberFormula, numberFormula } from './numbers';
import { splitOffset } from './offset';
import {
  type FormulaChannels,
  type FormulaVariables,
  parseFormula,
  parseSuccess,
  parseTermination,
} from './parse';
import { FormulaError, named } from './problem';
import { type TensorFormula, tensorFormula } from './tensors';
import { parseVariables } from './variables';

export type { NumberFormula } from './numbers';
export type { FormulaChannels } from './parse';
export type { TensorFormula } from './tensors';

export type FormulaKind = 'reward' | 'termination';

/** A task for plain numbers, one transition (s, a, s') at a time. */
export interface CompiledTask {
  reward: NumberFormula;
  /** The same in two parts, a number that every step pays and the rest (offset.ts). */
  offset: number;
  varying: NumberFormula;
  terminated(...transition: Parameters<NumberFormula>): boolean;
  /** Whether the task is done after this step; null of a task that says nothing of success. */
  succeeded: ((...transition: Parameters<NumberFormula>) => boolean) | null;
}
/**
 * A task for batches inside a graph: the reward as a number that every step pays, which is too much for float32 when it is
 * large, and the rest of it. `terminated` is 1 or 0, and null when nothing ends an episode.
 */
export interface TensorTask {
  offset: number;
  varying: TensorFormula;
  terminated: TensorFormula | null;
}

/** A task's variables: names for formulas, in their order. */
export type FormulaNames = Readonly<Record<string, string>>;

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

/** Every formula of a task for one transition at a time. @throws FormulaError that says which one is wrong */
export function compileTask(task: TaskFile, channels: FormulaChannels): CompiledTask {
  const { reward, termination, variables } = parseTask(task, channels);
  const ends = numberFormula(termination);
  const { success } = task;
  const done =
    success === undefined
      ? null
      : numberFormula(
          named(`success of task "${task.name}"`, () => parseSuccess(success, channels, variables)),
        );
  const { offset, varying } = splitOffset(reward);
  return {
    reward: numberFormula(reward),
    ...{ offset, varying: numberFormula(varying) },
    terminated: (before, action, after) => ends(before, action, after) !== 0,
    succeeded: done && ((before, action, after) => done(before, action, after) !== 0),
  };
}

/** Every formula of a task inside a graph. @throws FormulaError that says which one is wrong */
export function compileTensorTask(task: TaskFile, channels: FormulaChannels): TensorTask {
  const { reward, termination } = parseTask(task, channels);
  const { offset, varying } = splitOffset(reward);
  return {
    ...{ offset, varying: tensorFormula(varying) },
    terminated: task.termination.trim() === '' ? null : tensorFormula(termination),
  };
}

function parseTask(task: TaskFile, channels: FormulaChannels) {
  const variables = parseVariables(task.let, channels, (name) => `variable ${name} of task "${task.name}"`);
  return {
    variables,
    reward: named(`reward of task "${task.name}"`, () => parseFormula(task.reward, channels, variables)),
    termination: named(`termination of task "${task.name}"`, () =>
      parseTermination(task.termination, channels, variables),
    ),
  };
}

/** What an editor shows while a formula is typed. Never throws for a wrong formula, nor for a wrong variable. */
export function checkFormula(
  formula: string,
  channels: FormulaChannels,
  kind: FormulaKind,
  names: FormulaNames = {},
): FormulaCheck {
  try {
    parse(formula, channels, kind, parseVariables(names, channels));
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

function parse(
  formula: string,
  channels: FormulaChannels,
  kind: FormulaKind,
  variables?: FormulaVariables,
): Expression {
  return kind === 'termination'
    ? parseTermination(formula, channels, variables)
    : parseFormula(formula, channels, variables);
}
