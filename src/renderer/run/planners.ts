import { optionFields, optionTitle } from '../../shared/option-fields';
import {
  AdaptOptions,
  PLANNER_OPTIONS,
  type PlannerName,
  PropagationOptions,
  plannerTraits,
} from '../../shared/plan';
import type { ChoiceLabels } from '../ui/OptionFields';

/** What is asked first; the rest is folded away. */
const MAIN = ['horizon', 'candidates', 'iterations'];
const BUDGET = ['budget', 'budgetShare'];
/** Of all planners: less telling than a planner's own, so they come after them. */
const COMMON = [
  ...['smoothing', 'ratePenalty', 'terminalValue', 'proposals'],
  ...['threads', 'minimumMs', 'drawCandidates'],
];
const place = (key: string) => MAIN.indexOf(key);
const ownFirst = (a: { key: string }, b: { key: string }) =>
  Number(COMMON.includes(a.key)) - Number(COMMON.includes(b.key));

/** Every planner with its fields, in the order in which people are offered them. */
export const PLANNERS = PLANNER_OPTIONS.map((schema) => {
  const name: PlannerName = schema.shape.method.value;
  const fields = optionFields(schema);
  return {
    name,
    ...optionTitle(schema),
    differentiates: plannerTraits(name).differentiates,
    main: fields.filter(({ key }) => MAIN.includes(key)).sort((a, b) => place(a.key) - place(b.key)),
    budget: fields.filter(({ key }) => BUDGET.includes(key)),
    more: fields.filter(({ key }) => !MAIN.includes(key) && !BUDGET.includes(key)).sort(ownFirst),
  };
});
export type PlannerInfo = (typeof PLANNERS)[number];

export function plannerInfo(name: string | null): PlannerInfo | undefined {
  return PLANNERS.find((planner) => planner.name === name);
}

export const PROPAGATION_FIELDS = optionFields(PropagationOptions);
export const ADAPT_FIELDS = optionFields(AdaptOptions);

export const PLANNER_LABELS: ChoiceLabels = {
  budget: { fixed: 'Fixed', auto: 'Automatic' },
  select: { argmax: 'The best', softmax: 'Weighted' },
  replan: { mpc: 'Each step', 'open-loop': 'Open loop' },
  noise: { ignore: 'Ignored', model: "Model's" },
};
export const PROPAGATION_LABELS: ChoiceLabels = {
  members: {
    step: 'Drawn anew at each step',
    fixed: 'One for each particle',
    once: 'One for the whole plan',
    moment: 'All, by mean and variance',
  },
  reward: { task: "The task's formula", learned: 'As the model learned it' },
  objective: {
    mean: 'Expected return',
    pessimistic: 'Pessimistic: minus λ · variance',
    'worst-member': 'Worst member',
    cvar: 'CVaR: mean of the worst',
  },
};
/** Options whose choices need the whole width of the form. */
export const WIDE = ['members', 'reward', 'objective', 'sampleNoise', 'onChange', 'retrain'];
export const ADAPT_LABELS: ChoiceLabels = {
  retrain: { off: 'Off', between: 'Between episodes', running: 'While running' },
  onChange: { announce: 'Announce', retrain: 'Announce and learn anew' },
};

/** Options of uncertainty that mean something beside the others that were chosen, and with what predicts. */
export function propagationFields(
  { objective }: Pick<PropagationOptions, 'objective'>,
  dynamics: 'model' | 'simulator',
): typeof PROPAGATION_FIELDS {
  return PROPAGATION_FIELDS.filter(({ key }) => {
    // A simulator has one future, and the task's own reward.
    if (dynamics === 'simulator') return key === 'limitPenalty';
    if (key === 'pessimism') return objective === 'pessimistic';
    if (key === 'risk') return objective === 'cvar';
    return true;
  });
}

/** Of a model that is compared with every step, and of one that learned from pictures, which is not. */
const WATCHED = ['onChange', 'sensitivity'];
const SEES = ['encoderMore'];
const FOLLOWS = ['policyMore'];

/** What of a run decides which options of adaptation it has. */
export interface Adapts {
  /** The model learned from pictures. */
  sees: boolean;
  /** A policy drives, or is asked. */
  policy: boolean;
}

/** Options of adaptation that mean something beside the others that were chosen. */
export function adaptFields(
  { retrain }: Pick<AdaptOptions, 'retrain'>,
  { sees, policy }: Adapts,
): typeof ADAPT_FIELDS {
  return ADAPT_FIELDS.filter(({ key }) => {
    if (key === 'everySteps' && retrain !== 'running') return false;
    if (FOLLOWS.includes(key)) return sees && policy && retrain !== 'off';
    if (SEES.includes(key)) return sees && retrain !== 'off';
    return !(sees && WATCHED.includes(key));
  });
}

/** What of it a run is asked for: what is not offered is as usual. */
export function adaptAsked(adapt: AdaptOptions, beside: Adapts): AdaptOptions {
  const offered = adaptFields(adapt, beside).map(({ key }) => [key, adapt[key as keyof AdaptOptions]]);
  return AdaptOptions.parse(Object.fromEntries(offered));
}

/** Options that differ from their defaults, as far as they are among the fields. */
export function changedOptions(
  values: Record<string, unknown>,
  fields: readonly { key: string; default: unknown }[],
): number {
  return fields.filter(({ key, default: usual }) => values[key] !== usual).length;
}

const OBJECTIVES: Record<PropagationOptions['objective'], string> = {
  mean: 'expected return',
  pessimistic: 'pessimistic',
  'worst-member': 'worst member',
  cvar: 'CVaR',
};

/** What a plan is judged by, in a few words. */
export function propagationSummary(
  { objective, particles, limitPenalty }: PropagationOptions,
  dynamics: 'model' | 'simulator',
): string {
  if (dynamics === 'simulator') return limitPenalty > 0 ? 'penalty at limits' : 'none';
  return particles === 1 ? OBJECTIVES[objective] : `${OBJECTIVES[objective]}, ${particles} particles`;
}

/** What a run does about a model that no longer fits, in a few words. @param sees as adaptFields */
export function adaptSummary(
  { retrain, onChange }: Pick<AdaptOptions, 'retrain' | 'onChange'>,
  sees: boolean,
): string {
  if (sees && retrain === 'off') return 'the model stays as it is';
  if (retrain === 'between') return 'learns between episodes';
  if (retrain === 'running') return 'learns while running';
  return onChange === 'retrain' ? 'learns anew after a change' : 'announces changes';
}
