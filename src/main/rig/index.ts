import { ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import type { Host } from '../port';
import type { Driver, OpenOptions } from './driver';
import { openMujocoDriver } from './mujoco/driver';

export { checkRig, listRigs, loadRig, readScene } from './files';

/** Opens a rig as the control loop drives it. `host` starts the simulated firmware where one is asked for. */
export async function openDriver(
  rig: Rig,
  options: OpenOptions,
  _host: Pick<Host, 'spawn'>,
): Promise<Driver> {
  if (rig.file.driver === 'mujoco') return openMujocoDriver(rig, options.mode, options.seed);
  throw new ForesightError('unavailable', 'Serial rigs come next.', 'Use a MuJoCo rig.');
}
