import { ForesightError } from '../../shared/errors';
import type { Eyes } from '../../shared/eyes';
import { misfit } from '../../shared/fits';
import type { Rig } from '../../shared/rig';
import { rigChannels } from '../../shared/rig-channels';
import { simulatedRig } from '../plan/simulator/simulated-rig';
import { requireSimulatedCameras } from '../policy/world/seen';

/**
 * What a policy of this rig acts in: the rig itself, or the simulator behind it with the name and the limits of the rig.
 * @param eyes of a policy that acts by pictures
 * @throws ForesightError wrong-use for a rig without a simulator, or without the camera in it; bad-data for one whose simulator has
 *   other channels
 */
export async function standIn(rig: Rig, eyes: Eyes | null = null): Promise<Rig> {
  const simulated = await simulatedRig(rig);
  if (eyes) requireSimulatedCameras(simulated, eyes);
  if (simulated === rig) return rig;
  const found = misfit(rigChannels(rig.file), simulated.file);
  if (found) {
    throw new ForesightError(
      'bad-data',
      `The simulator behind the rig ${rig.file.name} has the ${found.what} ${found.has} in place of ${found.learned}.`,
      'Name a simulated rig with the same channels in "simulation" of the "serial" section of rig.json.',
    );
  }
  const actions = simulated.file.actions.map((action, i) => {
    const { limits, values, ratePerSecond, hold } = rig.file.actions[i] as typeof action;
    return { ...action, limits, values, ratePerSecond, hold };
  });
  return { ...simulated, file: { ...simulated.file, name: rig.file.name, actions } };
}
