import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import type { RecordInput, RunInput } from '../../shared/contract';
import { ForesightError } from '../../shared/errors';
import { ChannelExcitation, EXCITATIONS, Excitation } from '../../shared/excitation';
import { CLASS_OPTIONS, LOSS_OPTIONS, TrainFields, TrainOptions } from '../../shared/model-options';
import { type OptionField, optionFields } from '../../shared/option-fields';
import {
  AdaptOptions,
  DEFAULT_PLANNER,
  PLANNER_OPTIONS,
  PlannerOptions,
  PropagationOptions,
} from '../../shared/plan';
import { ALGORITHM_OPTIONS, AlgorithmOptions } from '../../shared/policy';

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

/** For an option that may be given several times. */
export const collected = (text: string, before: string[] = []): string[] => [...before, text];

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
    `The ${what} option ${issue?.path.join('.') ?? ''} is not possible: ${(issue?.message ?? '').replace(/\.$/, '')}.`,
    'See --help for the options and their ranges.',
  );
}

/**
 * A flag for every option of training, of every model class and of every loss, as the schemas have them: a class or loss
 * that is new in shared/model-options.ts has its flags here.
 */
export function addTrainOptions(command: Command): Command {
  command
    .option('--class <name>', `model class: ${CLASSES.map(({ name }) => name).join(', ')}`)
    .option('--loss <name>', LOSSES.map(({ name }) => name).join(', '));
  return addFlags(command, [{ variants: [TRAINING] }, { variants: CLASSES }, { variants: LOSSES }]);
}

/** The same for planners, for how uncertainty enters a plan, and for what is done about a model that no longer fits. */
export function addPlannerOptions(command: Command): Command {
  command
    .addOption(
      new Option('--planner <name>', 'what plans')
        .choices(PLANNERS.map(({ name }) => name))
        .default(DEFAULT_PLANNER),
    )
    .addOption(
      new Option(
        '--dynamics <which>',
        "who predicts: a learned model, or the rig's true simulator (the oracle)",
      )
        .choices(['model', 'simulator'])
        .default('model'),
    );
  return addFlags(command, [
    { variants: PLANNERS },
    { variants: [PROPAGATION], note: 'uncertainty' },
    { variants: [ADAPT], note: 'adaptation' },
  ]);
}

/** The same for what moves a rig while it is recorded. */
export function addExcitationOptions(command: Command): Command {
  command
    .addOption(
      new Option('--controller <name>', 'what moves it')
        .choices(EXCITATION_VARIANTS.map(({ name }) => name))
        .default('uniform'),
    )
    .option(
      '--channel <name:key=value,…>',
      'what one action channel has otherwise: amplitude, bandwidth, seed (force:amplitude=0.3,bandwidth=2); may be given several times',
      collected,
    );
  return addFlags(command, [{ variants: EXCITATION_VARIANTS }]);
}

/** The same for how a policy is learned. */
export function addAlgorithmOptions(command: Command): Command {
  command.addOption(
    new Option('--algorithm <name>', 'how it is learned')
      .choices(ALGORITHM_VARIANTS.map(({ name }) => name))
      .default('sac'),
  );
  return addFlags(command, [{ variants: ALGORITHM_VARIANTS }]);
}

/** One schema's options, under the name by which it is chosen among others; "" where there is no choice. */
interface Variant {
  name: string;
  fields: OptionField[];
}

const variant = (name: string, schema: z.ZodObject): Variant => ({ name, fields: optionFields(schema) });
const TRAINING = variant('', TrainFields);
const CLASSES = CLASS_OPTIONS.map((schema) => variant(schema.shape.name.value, schema));
const LOSSES = LOSS_OPTIONS.map((schema) => variant(schema.shape.name.value, schema));
const PLANNERS = PLANNER_OPTIONS.map((schema) => variant(schema.shape.method.value, schema));
const PROPAGATION = variant('', PropagationOptions);
const ALGORITHM_VARIANTS = ALGORITHM_OPTIONS.map((schema) => variant(schema.shape.name.value, schema));
const ADAPT = variant('', AdaptOptions);
const EXCITATION_VARIANTS = EXCITATIONS.map((schema) => variant(schema.shape.method.value, schema));

/** Schemas of which one is chosen. */
interface FlagGroup {
  variants: readonly Variant[];
  /** Stands behind each of the options in the help. */
  note?: string;
}

/** One flag a key, though several variants have it. */
function addFlags(command: Command, groups: readonly FlagGroup[]): Command {
  const flags = new Map<string, Flag>();
  for (const { variants, note } of groups) {
    for (const { name, fields } of variants) {
      for (const field of fields) {
        const flag = flags.get(field.key) ?? { fields: [], owners: [], among: variants.length, note };
        flag.fields.push(field);
        if (name !== '') flag.owners.push(name);
        flags.set(field.key, flag);
      }
    }
  }
  for (const flag of flags.values()) command.addOption(flagOption(flag));
  return command;
}

interface Flag {
  /** As each of the variants that have it describes it. */
  fields: OptionField[];
  /** Variants that have it; empty for what there is always. */
  owners: string[];
  /** Variants there are to choose from. */
  among: number;
  note?: string | undefined;
}

function flagOption({ fields, owners, among, note }: Flag): Option {
  const [field] = fields as [OptionField];
  const dashed = field.key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const whose = note ?? (owners.length < among ? owners.join(', ') : '');
  const mixed = new Set(fields.map((one) => one.kind)).size > 1;
  // Commander lists the choices by itself where there is nothing else.
  const words = [
    ...new Set(fields.map((one) => `${one.title}${one.kind === 'choice' && !mixed ? '' : rangeOf(one)}`)),
  ].join('; ');
  const text = `${words}${whose === '' ? '' : ` [${whose}]`}`;
  if (field.kind === 'boolean') {
    return new Option(field.default === true ? `--no-${dashed}` : `--${dashed}`, text);
  }
  // A number for one and a choice for another: which it must be is known when all flags are.
  if (mixed) {
    return new Option(`--${dashed} <value>`, text).argParser((given) => {
      const value = Number(given);
      return given.trim() === '' || Number.isNaN(value) ? given : value;
    });
  }
  const value = { choice: 'name', text: 'text', integer: 'n', number: 'n' }[field.kind];
  const option = new Option(`--${dashed} <${value}>`, text);
  if (field.kind === 'text') return option;
  if (field.kind === 'choice')
    return option.choices([...new Set(fields.flatMap((one) => one.choices ?? []))]);
  const low = Math.min(...fields.map((one) => one.min ?? Number.NEGATIVE_INFINITY));
  const high = Math.max(...fields.map((one) => one.max ?? Number.MAX_VALUE));
  return option.argParser(field.kind === 'integer' ? integer(low) : real(low, high));
}

function rangeOf({ kind, min, max, choices }: OptionField): string {
  if (kind === 'choice') return choices ? ` (${choices.join(', ')})` : '';
  return min !== undefined || max !== undefined ? ` (${min ?? ''} to ${max ?? ''})` : '';
}

/**
 * What the flags say, in the shape of the schema. A flag of another class or loss than the chosen one is wrong use:
 * it would change nothing.
 */
export function trainOptions(flags: Record<string, unknown>): TrainOptions {
  const className = (flags.class as string | undefined) ?? 'ensemble';
  const lossName = (flags.loss as string | undefined) ?? 'one-step';
  return checked(
    TrainOptions,
    {
      ...pickGiven(flags, TRAINING.fields),
      class: { name: className, ...chosenOptions(flags, 'model class', CLASSES, className) },
      loss: { name: lossName, ...chosenOptions(flags, 'loss', LOSSES, lossName) },
    },
    'training',
  );
}

/** The same for a run; a flag of another planner than the chosen one is wrong use. */
export function plannerOptions(
  flags: Record<string, unknown>,
): Pick<RunInput, 'dynamics' | 'planner' | 'propagation' | 'adapt'> {
  const method = (flags.planner as string | undefined) ?? DEFAULT_PLANNER;
  return {
    dynamics: flags.dynamics === 'simulator' ? 'simulator' : 'model',
    planner: checked(
      PlannerOptions,
      { method, ...chosenOptions(flags, 'planner', PLANNERS, method) },
      'planner',
    ),
    propagation: checked(PropagationOptions, pickGiven(flags, PROPAGATION.fields), 'propagation'),
    adapt: checked(AdaptOptions, pickGiven(flags, ADAPT.fields), 'adaptation'),
  };
}

/** The same for how a policy is learned. */
export function algorithmOptions(flags: Record<string, unknown>): AlgorithmOptions {
  const name = (flags.algorithm as string | undefined) ?? 'sac';
  const options = { name, ...chosenOptions(flags, 'algorithm', ALGORITHM_VARIANTS, name) };
  return checked(AlgorithmOptions, options, 'algorithm');
}

/** The same for what moves a rig while it is recorded. */
export function excitationOptions(
  flags: Record<string, unknown>,
): Pick<RecordInput, 'excitation' | 'channels'> {
  const method = (flags.controller as string | undefined) ?? 'uniform';
  const options = { method, ...chosenOptions(flags, 'controller', EXCITATION_VARIANTS, method) };
  const channels = Object.fromEntries(((flags.channel as string[] | undefined) ?? []).map(channelOption));
  return { excitation: checked(Excitation, options, 'controller'), channels };
}

function channelOption(text: string): [string, ChannelExcitation] {
  const at = text.lastIndexOf(':');
  const pairs = text.slice(at + 1).split(',');
  const options = Object.fromEntries(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=');
      return [key.trim(), value.trim() === '' ? Number.NaN : Number(value)];
    }),
  );
  if (at < 1) {
    throw new ForesightError(
      'wrong-use',
      `"${text}" does not say which channel it is for.`,
      'Write --channel NAME:amplitude=0.3,bandwidth=2.',
    );
  }
  return [text.slice(0, at), checked(ChannelExcitation, options, `channel "${text.slice(0, at)}"`)];
}

/** The given options of the variant that was chosen. @throws ForesightError wrong-use for one of another variant */
function chosenOptions(
  flags: Record<string, unknown>,
  kind: string,
  variants: readonly Variant[],
  name: string,
): Record<string, unknown> {
  const own = variants.find((one) => one.name === name)?.fields ?? [];
  const others = variants
    .flatMap(({ fields }) => fields)
    .filter(({ key }) => !own.some((field) => field.key === key));
  const [stray] = Object.keys(pickGiven(flags, others));
  if (stray !== undefined) {
    throw new ForesightError(
      'wrong-use',
      `The ${kind} "${name}" has no option "${stray}".`,
      'See --help: behind each option stands what it belongs to.',
    );
  }
  return pickGiven(flags, own);
}

/** Of the options, those that were given. Commander sets what --no-x switches off to true when it was not. */
function pickGiven(flags: Record<string, unknown>, fields: OptionField[]): Record<string, unknown> {
  const given = fields.filter(
    ({ key, default: usual }) => flags[key] !== undefined && !(usual === true && flags[key] === true),
  );
  return Object.fromEntries(given.map(({ key }) => [key, flags[key]]));
}
