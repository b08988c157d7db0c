import type { ChannelInfo } from '../../shared/episode';
import type { Rig } from '../../shared/rig';

/** What a rig's channels mean, as it is stored with every episode and model. */
export function channelInfos(rig: Rig): { observations: ChannelInfo[]; actions: ChannelInfo[] } {
  return {
    observations: rig.file.observations.map((c) => ({
      name: c.name,
      unit: c.unit,
      angle: c.angle,
      limits: c.limits ?? null,
    })),
    actions: rig.file.actions.map((c) => ({ name: c.name, unit: c.unit, angle: false, limits: c.limits })),
  };
}
