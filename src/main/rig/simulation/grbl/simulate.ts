import { AXES, type GcodeOptions } from '../../../../shared/gcode';
import type { Rig } from '../../../../shared/rig';
import { MarlinController } from '../marlin/controller';
import { openArm } from '../servo-bus/arm';
import type { SimulatedBus } from '../servo-bus/device';
import { FreeJoints } from '../servo-bus/joints';
import { GrblController } from './controller';

const MM = 1000;
const SECONDS_PER_MINUTE = 60;
/** Room at both ends of an axis, m. */
const MARGIN = 0.01;
const CARRIAGE = { inertia: 1, damping: 5, start: 0 };

/** The controller of a rig's machine, with the axes and the plant of the rig file. */
export async function simulateGcode(rig: Rig, options: GcodeOptions): Promise<SimulatedBus> {
  const axes = AXES.flatMap((name) => {
    const settings = options.axes[name];
    return settings ? [{ name, settings }] : [];
  });
  const model = options.simulation?.model;
  const movers = axes.map(({ name, settings: { offset } }) => ({
    // Slides of the model are at the channel's place, motors count from their switches.
    ...{ name, direction: 1, zero: -offset, field: `gcode.axes.${name}` },
  }));
  const ranges = axes.map(({ settings: { limits, offset } }) => ({
    ...CARRIAGE,
    range: [limits[0] - offset - MARGIN, limits[1] - offset + MARGIN] as const,
  }));
  const plant = model === undefined ? new FreeJoints(ranges) : await openArm(rig.folder, model, movers);
  if (options.flavour === 'marlin') {
    const travels = axes.map(({ settings: { limits, offset } }) => MM * (limits[1] - offset + MARGIN));
    return new MarlinController({ travels, plant });
  }
  return new GrblController({
    homing: options.homing,
    plant,
    axes: axes.map(({ settings: { limits, offset, maxSpeed } }) => ({
      travel: MM * (offset - limits[0] + MARGIN),
      maxRate: MM * SECONDS_PER_MINUTE * maxSpeed,
    })),
  });
}
