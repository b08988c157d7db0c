import type { ActionChannel } from '../../shared/rig';

/**
 * The action for jogging one channel: everything at its hold value, the channel that share of the way from its
 * hold value to its limit.
 */
export function jogAction(actions: readonly ActionChannel[], channel: number, share: number): number[] {
  return actions.map((action, i) => {
    if (i !== channel) return action.hold;
    const limit = share < 0 ? action.limits[0] : action.limits[1];
    return action.hold + Math.abs(share) * (limit - action.hold);
  });
}
