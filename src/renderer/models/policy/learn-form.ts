import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { ModelSummary } from '../../../shared/model';
import { type AlgorithmName, AlgorithmOptions, type PolicySummary } from '../../../shared/policy';
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
  /** Hash of the policy that it goes on from; null: it begins anew. */
  from: string | null;
  seed: number;
}

export const SEED_RANGE = { min: 0, max: 2 ** 31, whole: true };

/** Kept over a reload. */
export const useLearnForm = create<LearnForm>()(
  persist(
    (): LearnForm => ({
      ...{ rig: null, name: '', algorithm: USUAL_ALGORITHM, options: {}, where: 'simulation' },
      ...{ model: null, from: null, seed: 0 },
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
  /** Changed options, as they count. */
  options: ChangedOptions;
  /** The options in hand, defaults included. */
  values: Record<string, unknown>;
  rig: string | null;
  where: Where;
  /** Models of that rig that it can be given; empty where it has no use for one. */
  models: ModelSummary[];
  model: ModelSummary | null;
  /** Policies that it can go on from: of that rig, acting by the same; empty where the algorithm begins anew. */
  ancestors: PolicySummary[];
  from: PolicySummary | null;
  /** What is missing before it can start; null when nothing is. */
  missing: string | null;
}

export function learningOf(
  form: LearnForm,
  {
    rigs,
    models,
    policies,
    current,
    recorded,
  }: {
    rigs: readonly string[];
    models: readonly ModelSummary[];
    policies: readonly PolicySummary[];
    current: string | null;
    /** Rigs with recorded episodes. */
    recorded: ReadonlySet<string>;
  },
): Learning {
  const algorithm = algorithmOf(form.algorithm);
  const rig = [form.rig, current].find((one) => one !== null && rigs.includes(one)) ?? null;
  const fitting = models.filter((model) => model.rig === rig && isOfUse(algorithm));
  const given = fitting.find(({ hash }) => hash === form.model) ?? null;
  const required = algorithm.traits.model === 'required';
  const model = given ?? (required ? (fitting[0] ?? null) : null);
  const sees = Boolean(model?.eyes);
  const { name, traits } = algorithm;
  const onModel = sees && traits.planner && { [name]: { ...form.options[name], ...ON_MODEL } };
  const options = { ...form.options, ...onModel };
  const values = optionsOf(algorithm, options);
  const ancestors = policies.filter(
    (policy) => traits.goesOn && policy.rig === rig && (policy.eyes !== null) === sees,
  );
  const chosen = algorithm.traits.offline ? form.where : 'simulation';
  // Nothing but the model knows how the latent states of pictures change.
  const where = sees ? 'model' : chosen;
  return {
    ...{ algorithm, rig, where, models: fitting, model, options, values, ancestors },
    from: ancestors.find(({ hash }) => hash === form.from) ?? null,
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

/** In latent states a planner that teaches plans on their model: where the rig truly is, is not told there. */
const ON_MODEL = { planOn: 'model' };

const isOfUse = ({ traits }: OfferedAlgorithm): boolean => traits.model !== 'none';

/** What the core is asked for. */
export function learnInput(
  form: LearnForm,
  { algorithm, rig, where, model, from, values }: Learning,
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
    ...(from && { from: from.hash }),
  };
}
