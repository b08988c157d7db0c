import type { EpisodeView } from '../../shared/contract';

type Recorded = Pick<EpisodeView, 'reward' | 'plans'> & {
  summary: Pick<EpisodeView['summary'], 'terminated'>;
};

/**
 * What came of the plan behind each row: the rewards of the steps that it looked ahead over, to hold against the return
 * that it expected. Null where there was no plan, where a reward is not known, and where the episode was cut off before
 * the plan's end; an episode that its task ended has no more rewards to give, and the plan could know that.
 */
export function receivedReturns({ reward, plans, summary }: Recorded): (number | null)[] {
  const before = [0];
  const unknown = [0];
  for (const r of reward) {
    before.push((before.at(-1) ?? 0) + (r ?? 0));
    unknown.push((unknown.at(-1) ?? 0) + (r === null ? 1 : 0));
  }
  const last = reward.length - 1;
  return reward.map((_, row) => {
    const plan = plans?.[row];
    if (!plan) return null;
    const end = plan.firstStep + plan.horizon;
    if (end > last && !summary.terminated) return null;
    // Row k holds the reward received on arriving there: those of firstStep + 1 … firstStep + horizon.
    const within = (sums: number[]) => (sums[Math.min(end, last) + 1] ?? 0) - (sums[plan.firstStep + 1] ?? 0);
    return within(unknown) > 0 ? null : within(before);
  });
}

/** One strip of what the plans of an episode said of themselves. */
export interface InsightStrip {
  key: 'return' | 'disagreement' | 'known';
  name: string;
  unit: string;
  /** What came true, or what was said. */
  values: readonly (number | null)[];
  /** What had been expected of it, with its standard deviation. */
  expected: { mean: readonly (number | null)[]; std: readonly (number | null)[] } | null;
}

/** What the plans of an episode said of themselves, over its rows; nothing for what nobody could tell. */
export function insightStrips(view: EpisodeView): InsightStrip[] {
  const { insight } = view;
  if (!insight) return [];
  const strips: InsightStrip[] = [
    {
      key: 'return',
      name: 'Return of each plan: received, expected ±2σ',
      unit: '1',
      values: receivedReturns(view),
      expected: { mean: insight.expectedReturn, std: insight.returnStd },
    },
    {
      key: 'disagreement',
      name: "Disagreement, share of the return's variance",
      unit: '%',
      values: insight.disagreement.map((share) => (share === null ? null : 100 * share)),
      expected: null,
    },
    {
      key: 'known',
      name: 'Known territory',
      unit: 'steps',
      values: insight.knownSteps,
      expected: null,
    },
  ];
  const any = (series: readonly (number | null)[]) => series.some((value) => value !== null);
  return strips.filter(({ values, expected }) => any(values) || (expected !== null && any(expected.mean)));
}
