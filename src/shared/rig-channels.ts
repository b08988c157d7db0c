import type { ChannelInfo } from './episode';
import type { RigFile } from './rig';

/** What a rig's channels mean, as it is stored with every episode, model and policy. */
export function rigChannels({
  observations,
  actions,
  periodSeconds,
}: Pick<RigFile, 'observations' | 'actions' | 'periodSeconds'>): {
  observations: ChannelInfo[];
  actions: ChannelInfo[];
  periodSeconds: number;
} {
  return {
    observations: observations.map(({ name, unit, angle, limits = null }) => ({ name, unit, angle, limits })),
    actions: actions.map(({ name, unit, limits }) => ({ name, unit, angle: false, limits })),
    periodSeconds,
  };
}
