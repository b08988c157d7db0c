import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import { openPlant } from '../drivers/mujoco/plant';
import { loadRig } from '../files/load';
import { simulateGcode } from './grbl/simulate';
import { simulateOdrive } from './odrive/simulate';
import type { SimulatedBus } from './servo-bus/device';
import { simulateServos } from './servo-bus/simulate';
import { simulateSphero } from './sphero/device';
import { TextDevice } from './text/device';

/** What answers on the line of a rig in place of its device, byte for byte. */
export async function simulateDevice(rig: Rig, seed: number): Promise<SimulatedBus> {
  const { text, gcode, odrive, sphero } = rig.file;
  if (odrive) return simulateOdrive(rig, odrive);
  if (sphero?.simulation !== undefined) return simulateSphero(rig, sphero, sphero.simulation, seed);
  if (gcode) return simulateGcode(rig, gcode);
  if (!text) return simulateServos(rig);
  if (text.simulation === undefined) {
    throw new ForesightError(
      'wrong-use',
      `The rig "${rig.file.name}" names no plant for a simulated device.`,
      'Add "simulation" to the "text" section of rig.json, or connect the device.',
    );
  }
  return new TextDevice(rig.file, text, await openPlant(await loadRig(text.simulation), seed));
}
