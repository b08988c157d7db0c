import { optionTitle } from '../../../shared/option-fields';
import { ALGORITHM_OPTIONS, type PolicyEvaluation, type PolicySummary } from '../../../shared/policy';
import { formatCount, formatNumber } from '../../ui/format';

/** "SAC", by its name in options. */
export const algorithmTitle = (name: string): string => {
  const schema = ALGORITHM_OPTIONS.find((one) => one.shape.name.value === name);
  return schema ? optionTitle(schema).title : name;
};

const WHERE = { simulation: 'in simulation', rig: 'on the rig', model: 'in the model' } as const;

/** What an evaluation found, as a sentence with its interval. */
export function evaluationWords({ where, returns, mean, interval }: PolicyEvaluation): string {
  const found = `Mean return ${formatNumber(mean, 4)} over ${formatCount(returns.length, 'episode')} ${WHERE[where]}`;
  if (interval === null) return `${found}; one episode says nothing about how far others may be from it.`;
  const [low, high] = interval;
  return `${found}; the mean lies between ${formatNumber(low, 4)} and ${formatNumber(high, 4)} with 95 % confidence.`;
}

const LEARNED_IN = {
  simulation: "the rig's simulation",
  rig: 'the rig itself',
  recorded: 'recorded episodes',
  model: 'a learned model',
} as const;

export const learnedInWords = ({ learnedIn }: Pick<PolicySummary, 'learnedIn'>): string =>
  LEARNED_IN[learnedIn];

/** Every option of the algorithm, a line each, for the curious. */
export const algorithmText = ({ algorithm, seed, history }: PolicySummary): string =>
  Object.entries({ ...algorithm, seed, history })
    .filter(([key, value]) => key !== 'name' && typeof value !== 'object')
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
