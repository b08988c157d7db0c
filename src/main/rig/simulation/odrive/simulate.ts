import type { OdriveOptions } from '../../../../shared/odrive';
import type { Rig } from '../../../../shared/rig';
import { openArm } from '../servo-bus/arm';
import type { SimulatedBus } from '../servo-bus/device';
import { FreeJoints } from '../servo-bus/joints';
import { OdriveBoard } from './board';

const FLYWHEEL = { inertia: 0.02, damping: 0.02, range: [-1e6, 1e6] as const, start: 0 };

/** The board of a rig's motors, with the axes and the plant of the rig file. */
export async function simulateOdrive(rig: Rig, options: OdriveOptions): Promise<SimulatedBus> {
  const names = Object.keys(options.axes);
  const model = options.simulation?.model;
  const movers = names.map((name) => ({ name, direction: 1, zero: 0, field: `odrive.axes.${name}` }));
  return new OdriveBoard({
    axes: Object.values(options.axes),
    plant:
      model === undefined
        ? new FreeJoints(names.map(() => FLYWHEEL))
        : await openArm(rig.folder, model, movers),
  });
}
