import type { Rig } from '../../shared/rig';
import type { RolloutSource } from './source';

export async function simulatorSource(_rig: Rig, _options: { threads: number }): Promise<RolloutSource> {
  throw new Error('not built yet');
}
