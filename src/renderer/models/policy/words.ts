import type { PolicySummary } from '../../../shared/policy';

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
