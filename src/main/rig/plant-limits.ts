import type { ActionChannel } from '../../shared/rig';
import type { PlantLimits } from './driver';

/** A limit that differs by so small a share of the range is the same one, written with fewer digits. */
const SAME = 1e-6;

/**
 * Where a plant clips commands more tightly than the rig file says.
 * @param own [actions] what the plant says of itself, in the channel's unit; undefined or NaN where it says nothing
 */
export function plantLimits(
  channels: readonly ActionChannel[],
  own: readonly (readonly [number, number] | undefined)[],
): PlantLimits {
  return channels.map(({ limits: [low, high] }, i) => {
    const [lowest, highest] = own[i] ?? [Number.NaN, Number.NaN];
    const rounding = SAME * (high - low);
    const tightLow = lowest > low + rounding;
    const tightHigh = highest < high - rounding;
    if (!tightLow && !tightHigh) return undefined;
    return [tightLow ? lowest : low, tightHigh ? highest : high] as const;
  });
}
