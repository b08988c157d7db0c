import { type Certain, certainty } from './certainty';
import type { LatePlans } from './late';

/** The one light of the room: can this plan be trusted, and why. */
export interface Light {
  tone: 'good' | 'tight' | 'bad' | 'unknown';
  answer: string;
  reason: string;
}

export const ORACLE_WORDS =
  'The true simulator predicts: there are no members to disagree, and no territory that it does not know.';

/**
 * Lateness comes first: the best plan is of no use when it comes too late. Then what the plan says of itself.
 * @param plan the newest plans on average; null before the first
 * @param oracle they were made on the rig's true simulator
 */
export function trustLight({
  plan,
  oracle,
  late,
}: {
  plan: Certain | null;
  oracle: boolean;
  late: LatePlans | null;
}): Light {
  if (plan === null)
    return {
      tone: 'unknown',
      answer: 'No plan yet',
      reason: 'As soon as there is one, this says how far it holds.',
    };
  if (late !== null) return { tone: 'bad', answer: 'No: too slow', reason: late.reason };
  if (oracle) return { tone: 'good', answer: 'Yes', reason: ORACLE_WORDS };
  const { words, tone } = certainty(plan);
  const guess = plan.expected === null || (plan.known !== null && Math.round(plan.known) === 0);
  if (guess) return { tone: 'bad', answer: 'No', reason: words };
  if (tone === 'good') return { tone, answer: 'Yes', reason: words };
  if (tone === 'tight') return { tone, answer: 'With care', reason: words };
  return { tone, answer: 'Nobody can tell', reason: words };
}
