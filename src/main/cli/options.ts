import { type Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { ForesightError } from '../../shared/errors';
import { TrainOptions } from '../../shared/model';
import { MppiOptions, PlannerOptions, PropagationOptions, RandomShootingOptions } from '../../shared/plan';

/** An integer of at least `low`, or a sentence of wrong use. */
export function integer(low: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < low)
      throw new InvalidArgumentError(`Expected an integer of at least ${low}.`);
    return value;
  };
}

export function real(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= low && value <= high))
      throw new InvalidArgumentError(`Expected a number from ${low} to ${high}.`);
    return value;
  };
}

export function integerList(text: string): number[] {
  return text.split(',').map((part) => integer(0)(part.trim()));
}

/** Checks what was gathered from flags against a schema of shared/, so that both sides know the same ranges. */
export function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ForesightError(
    'wrong-use',
    `The ${what} option ${issue?.path.join('.') ?? ''} is not possible: ${issue?.message ?? ''}`,
    'See --help for the options and their ranges.',
  );
}

/** A flag for every option of the model and its training, as the schema has them. */
export function addTrainOptions(command: Command): Command {
  return command
    .option('--members <n>', 'ensemble members', integer(1))
    .option('--elites <n>', 'members that planning uses', integer(1))
    .option('--hidden-layers <n>', 'hidden layers of each member', integer(1))
    .option('--hidden-units <n>', 'units of each hidden layer', integer(4))
    .option('--activation <name>', 'silu, relu or tanh')
    .option('--learning-rate <x>', 'Adam step size', real(0, 1))
    .option('--weight-decay <x>', 'weight decay', real(0, 1))
    .option('--batch-size <n>', 'transitions a mini-batch', integer(1))
    .option(
      '--smoothing-seconds <s>',
      'smooths noisy measurements over this window before learning',
      real(0, 10),
    )
    .option('--hold-out <share>', 'share of the transitions that decides when to stop', real(0, 0.9))
    .option('--epochs <n>', 'passes over the data at most', integer(1))
    .option('--patience <n>', 'epochs without 1 % improvement before stopping', integer(1))
    .option('--engine <name>', 'tensor engine: onnxruntime, tensorflow, wasm or cpu')
    .option('--seed <n>', 'seed of everything random', integer(0));
}

export function trainOptions(flags: Record<string, unknown>): TrainOptions {
  return checked(TrainOptions, pick(flags, Object.keys(TrainOptions.shape)), 'training');
}

export function addPlannerOptions(command: Command): Command {
  return command
    .option('--planner <name>', 'mppi or random-shooting', 'mppi')
    .option('--horizon <n>', 'steps looked ahead', integer(1))
    .option('--candidates <n>', 'action sequences tried', integer(2))
    .option('--iterations <n>', 'mppi: refinements of the distribution', integer(1))
    .option('--temperature <x>', 'how sharply better candidates are preferred', real(0, 1e6))
    .option('--noise <x>', 'mppi: standard deviation as a share of half the action range', real(0, 2))
    .option('--correlation <x>', 'mppi: correlation of the noise over time', real(0, 0.99))
    .option('--select <name>', 'random-shooting: argmax or softmax')
    .option('--replan <name>', 'random-shooting: open-loop or mpc')
    .option('--particles <n>', 'rollouts per candidate', integer(1))
    .option('--sample-noise', "draw from the members' predicted noise instead of using their means");
}

export function plannerOptions(flags: Record<string, unknown>): {
  planner: PlannerOptions;
  propagation: PropagationOptions;
} {
  const shape = flags.planner === 'random-shooting' ? RandomShootingOptions.shape : MppiOptions.shape;
  return {
    planner: checked(
      PlannerOptions,
      { ...pick(flags, Object.keys(shape)), method: flags.planner },
      'planner',
    ),
    propagation: checked(
      PropagationOptions,
      pick(flags, Object.keys(PropagationOptions.shape)),
      'propagation',
    ),
  };
}

function pick(flags: Record<string, unknown>, keys: string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => flags[key] !== undefined).map((key) => [key, flags[key]]));
}
