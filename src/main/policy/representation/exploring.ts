import type { Random } from '../../../shared/random';
import { type Acting, fillActionNoise } from './acting';
import { jointActions, type PolicySpace } from './space';
import type { OwnBehaviour } from './types';

/**
 * The next action of a behaviour, [actions] in units of the ranges.
 * @param acting compiled for actors of the behaviour's shape; of no use to random motion
 */
export async function nextAction(
  space: PolicySpace,
  behaviour: OwnBehaviour,
  acting: Acting | null,
  state: Float32Array,
  random: Random,
): Promise<Float32Array> {
  if (behaviour.kind === 'random' || acting === null) return randomAction(space, random);
  const { actor, explore, noise: added = 0, limit = 2 } = behaviour;
  const noise = new Float32Array(acting.noiseWidth);
  if (explore) fillActionNoise(actor.shape, noise, random);
  const { greedy, drawn } = await acting.act(actor, state, noise);
  if (!explore) return greedy;
  if (actor.shape.kind === 'categorical') return drawn;
  return drawn.map((value, i) => {
    const wanted = value + (added > 0 ? added * random.normal() : 0);
    const centre = greedy[i] ?? 0;
    return Math.min(1, Math.max(-1, Math.min(centre + limit, Math.max(centre - limit, wanted))));
  });
}

export function randomAction(space: PolicySpace, random: Random): Float32Array {
  const joint = jointActions(space);
  if (joint) return joint[random.integer(joint.length)] as Float32Array;
  return Float32Array.from(space.actions, () => random.uniformIn(-1, 1));
}
