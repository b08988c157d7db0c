import { ForesightError } from '../../../shared/errors';
import { type Rig, simulationOf } from '../../../shared/rig';
import { loadRig } from '../../rig';

/**
 * The rig whose plant it is: itself, or what stands in for the plant of a device.
 * @throws ForesightError wrong-use for a rig without a simulator
 */
export async function simulatedRig(rig: Rig): Promise<Rig> {
  if (rig.file.driver === 'mujoco') return rig;
  const simulation = simulationOf(rig.file);
  if (simulation !== undefined) return loadRig(simulation);
  throw new ForesightError(
    'wrong-use',
    `The rig "${rig.file.name}" has no simulator to plan on.`,
    'Plan with a learned model, or name a simulated rig in "simulation" of the "serial", "text" or "rosbridge" section of rig.json.',
  );
}
