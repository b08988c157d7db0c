/** What a share of disagreement means for the person at the rig. */
export interface Verdict {
  words: string;
  tone: 'good' | 'tight' | 'unknown';
}

/** Above it more data pays, below its complement it does not. */
const MOSTLY = 0.6;

/** @param share of the return's variance that is disagreement between members, 0 … 1 */
export function disagreementVerdict(share: number | null): Verdict {
  if (share === null) return { words: 'This model cannot tell.', tone: 'unknown' };
  if (share >= MOSTLY)
    return { words: 'Mostly disagreement between members: more data helps.', tone: 'tight' };
  if (share <= 1 - MOSTLY) return { words: 'Mostly noise: more data would not help.', tone: 'good' };
  return { words: 'Part disagreement, part noise.', tone: 'good' };
}

/** @param known steps before the plan leaves what the model knows */
export function territoryVerdict(known: number | null, horizon: number): Verdict {
  if (known === null) return { words: 'This model cannot tell.', tone: 'unknown' };
  if (known >= horizon) return { words: 'The whole plan stays where the model has data.', tone: 'good' };
  if (known <= 0) return { words: 'The plan begins where the model has no data.', tone: 'tight' };
  return { words: 'No data beyond that point.', tone: 'tight' };
}
