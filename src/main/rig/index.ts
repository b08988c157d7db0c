import type { Rig, RigFile } from '../../shared/rig';
import type { Host } from '../processes/port';
import type { Driver, OpenOptions } from './driver';
import { DYNAMIXEL } from './drivers/dynamixel/family';
import { FEETECH } from './drivers/feetech/family';
import { openMicrocontroller } from './drivers/microcontroller/open';
import { openMujocoDriver } from './drivers/mujoco/driver';
import { openServos } from './drivers/servo-bus/open';

export {
  checkRig,
  folderStamp,
  loadRig,
  type RigPlace,
  readScene,
  rigFolders,
  rigListing,
} from './files';
export { startSimulatedFirmware } from './simulation/start-firmware';
export { listPorts } from './transport/port-list';
export { probePort } from './transport/ports';

/** How each driver that a rig file can name is opened. A new driver is one entry. */
const DRIVERS: {
  [D in RigFile['driver']]: (rig: Rig, options: OpenOptions, host: Pick<Host, 'spawn'>) => Promise<Driver>;
} = {
  mujoco: (rig, { mode, seed }) => openMujocoDriver(rig, mode, seed),
  serial: openMicrocontroller,
  feetech: (rig, options, host) => openServos(rig, options, host, FEETECH),
  dynamixel: (rig, options, host) => openServos(rig, options, host, DYNAMIXEL),
};

/** Opens a rig as the control loop drives it; `host` starts what stands in for a device. */
export function openDriver(rig: Rig, options: OpenOptions, host: Pick<Host, 'spawn'>): Promise<Driver> {
  return DRIVERS[rig.file.driver](rig, options, host);
}
