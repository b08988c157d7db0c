import type { Random } from '../../../shared/random';
import type { Acting } from '../representation/acting';
import type { Behaviour } from '../types';

/** The next action of one who is taught, and what the teacher says: [actions] in units of the ranges each. */
export async function taughtAction(
  { teacher, share, actor }: Extract<Behaviour, { kind: 'taught' }>,
  acting: Acting | null,
  { state, before }: { state: Float32Array; before: Float32Array | null },
  random: Random,
): Promise<{ action: Float32Array; advice: Float32Array }> {
  const advice = await teacher.advise({ state, before });
  if (acting === null || random.uniform() < share) return { action: advice, advice };
  return { action: (await acting.act(actor, state)).greedy, advice };
}
