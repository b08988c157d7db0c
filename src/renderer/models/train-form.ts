import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { TrainInput } from '../../shared/contract';
import { type EpisodeFilter, type RigTotals, USABLE_STATES } from '../../shared/episode-list';
import type { ModelSummary } from '../../shared/model';
import {
  CLASS_OPTIONS,
  ClassOptions,
  LOSS_OPTIONS,
  LossOptions,
  TrainFields,
  TrainOptions,
} from '../../shared/model-options';
import { type OptionField, optionFields, optionTitle } from '../../shared/option-fields';
import { restored } from '../store/kept-form';
import { firstProblem } from '../ui/number-problem';
import { optionProblem } from '../ui/OptionFields';

/** What the Train panel was filled with. What follows from it and from what is recorded is computed: `trainingOf`. */
export interface TrainForm {
  /** Null: the rig in hand, where it has episodes. */
  rig: string | null;
  name: string;
  which: 'all' | 'some';
  /** Episodes chosen by number; of no use while `which` is "all". */
  ids: readonly number[];
  /** Share at the end of every episode that is kept out and judged on, 0 for nothing; null: about a fifth, chosen by itself. */
  last: number | null;
  options: TrainOptions;
  /** Hash of the model to go on from. */
  from: string | null;
}

export const DEFAULTS = TrainOptions.parse({});

/** A model class or a loss as the form offers it. */
const kinds = <S extends (typeof CLASS_OPTIONS)[number] | (typeof LOSS_OPTIONS)[number]>(
  schemas: readonly S[],
) =>
  schemas.map((schema) => ({
    name: schema.shape.name.value as string,
    ...optionTitle(schema),
    fields: optionFields(schema),
  }));
/** In the order they are offered. */
export const CLASSES = kinds(CLASS_OPTIONS);
export const LOSSES = kinds(LOSS_OPTIONS);
export const COMMON_FIELDS = optionFields(TrainFields);

/** Share at the end of every episode that is kept out; an emptied field leaves it to the program. */
export const LAST_RANGE = { min: 0, max: 0.9, optional: true };

/** Kept over a reload. */
export const useTrainForm = create<TrainForm>()(
  persist(
    (): TrainForm => ({
      rig: null,
      name: '',
      which: 'all',
      ids: [],
      last: null,
      options: DEFAULTS,
      from: null,
    }),
    {
      name: 'foresight.train',
      merge: (kept, today) => ({
        ...restored(today, kept),
        options: keptOptions((kept as Partial<TrainForm> | undefined)?.options),
      }),
    },
  ),
);

/**
 * Options as they were kept, each by itself: one that another version called differently costs none of the others, and a number
 * that is out of range comes back as it was typed, to be refused at its field.
 */
export function keptOptions(kept: Partial<TrainOptions> | undefined): TrainOptions {
  const named = (offered: readonly { name: string }[], wanted: string | undefined, usual: string) =>
    offered.some(({ name }) => name === wanted) ? (wanted as string) : usual;
  const today = withLoss(
    withClass(DEFAULTS, named(CLASSES, kept?.class?.name, DEFAULTS.class.name)),
    named(LOSSES, kept?.loss?.name, DEFAULTS.loss.name),
  );
  const options = restored(today, {
    ...kept,
    class: { ...kept?.class, name: today.class.name },
    loss: { ...kept?.loss, name: today.loss.name },
  });
  return {
    ...withToday(COMMON_FIELDS, options, today),
    class: withToday(fieldsOf(CLASSES, options.class.name), options.class, today.class),
    loss: withToday(fieldsOf(LOSSES, options.loss.name), options.loss, today.loss),
  };
}

/** Choices that are not offered any more give way to today's. */
function withToday<T extends object>(fields: readonly OptionField[], values: T, today: T): T {
  const gone = fields.filter(
    ({ key, choices }) => choices && !choices.includes(String(values[key as keyof T])),
  );
  return { ...values, ...Object.fromEntries(gone.map(({ key }) => [key, today[key as keyof T]])) };
}

function fieldsOf(offered: readonly { name: string; fields: OptionField[] }[], name: string): OptionField[] {
  return offered.find((kind) => kind.name === name)?.fields ?? [];
}

/** What a form comes to. */
export interface Training {
  /** Rigs with something to learn from, and the one that is meant. */
  rigs: string[];
  rig: string | null;
  /** How many episodes of that rig one can learn from, and how many will be taken, with how many transitions. */
  offered: number;
  taken: number;
  transitions: number;
  /** Numbers of those that were chosen; null where all are taken. */
  ids: readonly number[] | null;
  /** Models of that rig that a training can go on from, and the one that is meant. */
  ancestors: ModelSummary[];
  from: ModelSummary | null;
  /** What is missing before it can start; null when nothing is. */
  missing: string | null;
}

/** Which of a rig's episodes one can learn from. */
export const usableOf = (rig: string): EpisodeFilter => ({ rig, states: [...USABLE_STATES] });

/** Rigs with something to learn from, and the one that a form means; `current` is the rig in hand. */
export function trainingRigs(
  form: Pick<TrainForm, 'rig'>,
  rigs: readonly RigTotals[],
  current: string | null,
): { rigs: string[]; rig: string | null } {
  const names = rigs.filter(({ usable }) => usable > 0).map(({ name }) => name);
  const offers = (rig: string | null) => rig !== null && names.includes(rig);
  // A rig whose episodes are gone is not offered any more, whatever was chosen before.
  return { rigs: names, rig: [form.rig, current].find(offers) ?? names.at(-1) ?? null };
}

/**
 * What a form comes to with the episodes and models there are.
 * @param chosen those of the form's numbers that are of its rig and of use; while nobody knows, none
 */
export function trainingOf(
  form: TrainForm,
  {
    overview,
    chosen,
    models,
    current,
  }: {
    overview: readonly RigTotals[];
    chosen: { ids: readonly number[]; steps: number };
    models: readonly ModelSummary[];
    current: string | null;
  },
): Training {
  const { rigs, rig } = trainingRigs(form, overview, current);
  const all = overview.find(({ name }) => name === rig);
  const offered = all?.usable ?? 0;
  const some = form.which === 'some';
  const taken = some ? chosen.ids.length : offered;
  const transitions = some ? chosen.steps : (all?.steps ?? 0);
  const ancestors = models.filter((model) => model.rig === rig);
  return {
    ...{ rigs, rig, offered, taken, transitions, ancestors, ids: some ? chosen.ids : null },
    from: ancestors.find(({ hash }) => hash === form.from) ?? null,
    missing:
      offered === 0
        ? 'Record an episode first.'
        : transitions === 0
          ? 'Choose at least one episode.'
          : (optionsProblem(form.options) ??
            firstProblem([['Kept out to judge it on', form.last ?? Number.NaN, LAST_RANGE]])),
  };
}

/** The first option that is out of its range, as a sentence; null where none is. */
function optionsProblem(options: TrainOptions): string | null {
  return (
    optionProblem(COMMON_FIELDS, options) ??
    optionProblem(fieldsOf(CLASSES, options.class.name), options.class) ??
    optionProblem(fieldsOf(LOSSES, options.loss.name), options.loss)
  );
}

/** The form with one more episode to learn from, of the rig in hand; where it takes all of them, that one is among them. */
export function takingIn(form: TrainForm, episode: number): Partial<TrainForm> {
  const ids = form.ids.includes(episode) ? form.ids : [...form.ids, episode];
  return { rig: null, ...(form.which === 'some' ? { ids } : {}) };
}

/** What the core is asked for. */
export function trainInput(form: TrainForm, { rig, ids, from }: Training): TrainInput {
  const name = form.name.trim();
  return {
    name: name === '' ? (rig ?? 'model') : name,
    options: form.options,
    ...(form.last === null ? {} : { last: form.last }),
    ...(ids === null ? {} : { episodes: [...ids] }),
    ...(rig === null ? {} : { rig }),
    ...(from === null ? {} : { from: from.hash }),
  };
}

/** Another class or loss begins with the defaults of its own options. */
export function withClass(options: TrainOptions, name: string): TrainOptions {
  return { ...options, class: ClassOptions.parse({ name }) };
}
export function withLoss(options: TrainOptions, name: string): TrainOptions {
  return { ...options, loss: LossOptions.parse({ name }) };
}

/** Going on from a model needs its class, network and loss; null: fresh weights, options as they are. */
export function goOnFrom(model: ModelSummary | null): Partial<TrainForm> {
  return model === null ? { from: null } : { from: model.hash, options: model.options };
}

/** Options that differ from the defaults of the chosen class and loss, those two choices included. */
export function changedCount(options: TrainOptions): number {
  const differing = (values: object, defaults: object) =>
    Object.entries(values).filter(
      ([key, value]) => typeof value !== 'object' && value !== (defaults as Record<string, unknown>)[key],
    ).length;
  const { class: model, loss } = options;
  return (
    differing(options, DEFAULTS) +
    (model.name === DEFAULTS.class.name ? 0 : 1) +
    (loss.name === DEFAULTS.loss.name ? 0 : 1) +
    differing(model, ClassOptions.parse({ name: model.name })) +
    differing(loss, LossOptions.parse({ name: loss.name }))
  );
}
