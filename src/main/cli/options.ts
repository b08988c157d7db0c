import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { ForesightError } from '../../shared/errors';
import { CLASS_OPTIONS, LOSS_OPTIONS, TrainFields, TrainOptions } from '../../shared/model-options';
import { type OptionField, optionFields } from '../../shared/option-fields';
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

/**
 * A flag for every option of training, of every model class and of every loss, as the schemas have them: a class or loss
 * that is new in shared/model-options.ts has its flags here.
 */
export function addTrainOptions(command: Command): Command {
  const names = (schemas: readonly { shape: { name: { value: string } } }[]) =>
    schemas.map((schema) => schema.shape.name.value);
  command
    .option('--class <name>', `model class: ${names(CLASS_OPTIONS).join(', ')}`)
    .option('--loss <name>', `${names(LOSS_OPTIONS).join(', ')}`);
  const flags = new Map<string, Flag>();
  for (const schema of [TrainFields, ...CLASS_OPTIONS, ...LOSS_OPTIONS]) {
    const owner = schema === TrainFields ? '' : (schema as (typeof CLASS_OPTIONS)[number]).shape.name.value;
    for (const field of optionFields(schema)) {
      const flag = flags.get(field.key) ?? { field, owners: [] };
      if (owner !== '') flag.owners.push(owner);
      flags.set(field.key, flag);
    }
  }
  for (const flag of flags.values()) command.addOption(flagOption(flag));
  return command;
}

interface Flag {
  field: OptionField;
  /** Classes or losses that have it; empty for what all trainings have. */
  owners: string[];
}

function flagOption({ field, owners }: Flag): Option {
  const dashed = field.key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const range =
    field.min !== undefined || field.max !== undefined ? ` (${field.min ?? ''} to ${field.max ?? ''})` : '';
  const text = `${field.title}${range}${owners.length > 0 ? ` [${owners.join(', ')}]` : ''}`;
  if (field.kind === 'boolean') {
    return new Option(field.default === true ? `--no-${dashed}` : `--${dashed}`, text);
  }
  const option = new Option(`--${dashed} <${field.kind === 'choice' ? 'name' : 'n'}>`, text);
  if (field.kind === 'choice') return option.choices(field.choices ?? []);
  const low = field.min ?? Number.NEGATIVE_INFINITY;
  return option.argParser(field.kind === 'integer' ? integer(low) : real(low, field.max ?? Number.MAX_VALUE));
}

/**
 * What the flags say, in the shape of the schema. A flag of another class or loss than the chosen one is wrong use:
 * it would change nothing.
 */
export function trainOptions(flags: Record<string, unknown>): TrainOptions {
  const part = <S extends (typeof CLASS_OPTIONS)[number] | (typeof LOSS_OPTIONS)[number]>(
    kind: string,
    schemas: readonly S[],
    name: string,
  ) => {
    const chosen = schemas.find((schema) => schema.shape.name.value === name);
    const own = chosen ? optionFields(chosen) : [];
    const others = schemas
      .flatMap((schema) => optionFields(schema))
      .filter(({ key }) => !own.some((field) => field.key === key));
    const [stray] = Object.keys(pickGiven(flags, others));
    if (stray !== undefined) {
      throw new ForesightError(
        'wrong-use',
        `The ${kind} "${name}" has no option "${stray}".`,
        'See --help: behind each option stands what it belongs to.',
      );
    }
    return { name, ...pickGiven(flags, own) };
  };
  return checked(
    TrainOptions,
    {
      ...pickGiven(flags, optionFields(TrainFields)),
      class: part('model class', CLASS_OPTIONS, (flags.class as string | undefined) ?? 'ensemble'),
      loss: part('loss', LOSS_OPTIONS, (flags.loss as string | undefined) ?? 'one-step'),
    },
    'training',
  );
}

/** Of the options, those that were given. Commander sets what --no-x switches off to true when it was not. */
function pickGiven(flags: Record<string, unknown>, fields: OptionField[]): Record<string, unknown> {
  const given = fields.filter(
    ({ key, default: usual }) => flags[key] !== undefined && !(usual === true && flags[key] === true),
  );
  return Object.fromEntries(given.map(({ key }) => [key, flags[key]]));
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
    .option(
      '--reward <which>',
      "task: the task's formula. learned: what the model learned of the recorded reward",
    )
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
