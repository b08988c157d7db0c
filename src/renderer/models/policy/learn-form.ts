import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { ModelSummary } from '../../../shared/model';
import { type AlgorithmName, AlgorithmOptions } from '../../../shared/policy';
import type { PolicyTrainInput } from '../../../shared/policy-training';
import { restored } from '../../store/kept-form';
import {
  algorithmOf,
  type ChangedOptions,
  type OfferedAlgorithm,
  optionsOf,
  USUAL_ALGORITHM,
} from '../../ui/algorithms';
import { firstProblem } from '../../ui/number-problem';
import { optionProblem } from '../../ui/OptionFields';

/** Where a policy may learn; "recorded" is for what can learn from episodes alone, "model" for what acts by pictures. */
export type Where = 'simulation' | 'recorded' | 'model';

/** What the Learn panel was filled with. */
export interface LearnForm {
  /** Null: the rig in hand. */
  rig: string | null;
  name: string;
  algorithm: AlgorithmName;
  options: ChangedOptions;
  where: Where;
  /** Hash of the model that it learns in, or begins with; null: none. */
  model: string | null;
  seed: number;
}

export const SEED_RANGE = { min: 0, max: 2 ** 31, whole: true };

/** Kept over a reload. */
export const useLearnForm = create<LearnForm>()(
  persist(
    (): LearnForm => ({
      ...{ rig: null, name: '', algorithm: USUAL_ALGORITHM, options: {}, where: 'simulation' },
      ...{ model: null, seed: 0 },
    }),
    {
      name: 'foresight.learn',
      merge: (kept, today) => {
        const form = restored(today, kept);
        return { ...form, algorithm: algorithmOf(form.algorithm).name };
      },
    },
  ),
);

/** What a form comes to with the rigs and models there are. */
export interface Learning {
  algorithm: OfferedAlgorithm;
  /** The options in hand, defaults included. */
  values: Record<string, unknown>;
  rig: string | null;
  where: Where;
  /** Models of that rig that it can be given; empty where it has no use for one. */
  models: ModelSummary[];
  model: ModelSummary | null;
  /** What is missing before it can start; null when nothing is. */
  missing: string | null;
}

export function learningOf(
  form: LearnForm,
  {
    rigs,
    models,
    current,
    recorded,
  }: {
    rigs: readonly string[];
    models: readonly ModelSummary[];
    current: string | null;
    /** Rigs with recorded episodes. */
    recorded: ReadonlySet<string>;
  },
): Learning {
  const algorithm = algorithmOf(form.algorithm);
  const rig = [form.rig, current].find((one) => one !== null && rigs.includes(one)) ?? null;
  const fitting = models.filter((model) => model.rig === rig && isOfUse(algorithm, model));
  const given = fitting.find(({ hash }) => hash === form.model) ?? null;
  const required = algorithm.traits.model === 'required';
  const model = given ?? (required ? (fitting[0] ?? null) : null);
  const values = optionsOf(algorithm, form.options);
  const chosen = algorithm.traits.offline ? form.where : 'simulation';
  // Nothing but the model knows how the latent states of pictures change.
  const where = model?.eyes ? 'model' : chosen;
  return {
    ...{ algorithm, rig, where, models: fitting, model, values },
    missing:
      rig === null
        ? 'Choose a rig.'
        : required && model === null
          ? `${algorithm.title} learns in a model: train one of this rig first.`
          : where !== 'simulation' && !recorded.has(rig)
            ? 'No episode of this rig is recorded yet.'
            : (optionProblem(algorithm.fields, values) ?? firstProblem([['Seed', form.seed, SEED_RANGE]])),
  };
}

/** No planner teaches in the latent states of a model of pictures. */
const isOfUse = ({ traits }: OfferedAlgorithm, { eyes }: ModelSummary): boolean =>
  traits.model !== 'none' && (eyes === null || traits.model !== 'planner');

/** What the core is asked for. */
export function learnInput(
  form: LearnForm,
  { algorithm, rig, where, model, values }: Learning,
): PolicyTrainInput {
  const name = form.name.trim();
  const { steps } = values as { steps?: number };
  return {
    name: name === '' ? `${rig ?? 'policy'}-${algorithm.name}` : name,
    rig: rig ?? '',
    algorithm: AlgorithmOptions.parse({ ...values, name: algorithm.name }),
    ...{ seed: form.seed, history: 1, where, engine: 'native' },
    evaluation: { episodes: 10, seed: 0 },
    // Ten looks at what it earns without exploring, on the way.
    evaluateEvery: where === 'simulation' && steps ? Math.max(1, Math.floor(steps / 10)) : 0,
    ...(model && { model: model.hash }),
  };
}
