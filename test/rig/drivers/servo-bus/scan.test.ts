import { expect, it } from 'vitest';
import { DYNAMIXEL } from '../../../../src/main/rig/drivers/dynamixel/family';
import { FEETECH } from '../../../../src/main/rig/drivers/feetech/family';
import type { ServoFamily } from '../../../../src/main/rig/drivers/servo-bus/protocol';
import { scanLine } from '../../../../src/main/rig/drivers/servo-bus/scan';
import { DynamixelBus } from '../../../../src/main/rig/simulation/dynamixel/bus';
import { mechanicsOf } from '../../../../src/main/rig/simulation/dynamixel/mechanics';
import { FeetechBus } from '../../../../src/main/rig/simulation/feetech/bus';
import type { SimulatedBus } from '../../../../src/main/rig/simulation/servo-bus/device';
import { FreeJoints } from '../../../../src/main/rig/simulation/servo-bus/joints';
import { memoryPair } from '../../../../src/main/rig/transport/memory';

const wheels = (motors: number) =>
  new FreeJoints(
    Array.from({ length: motors }, () => ({
      ...{ inertia: 0.01, damping: 0.01, range: [-3, 3] as const, start: 0 },
    })),
  );

/** A line with buses at the baud rates at which they speak. */
function line(buses: Readonly<Record<number, SimulatedBus>>) {
  return async (baudRate: number) => {
    const [host, device] = memoryPair(`a line at ${baudRate} baud`);
    device.onData((bytes) => {
      for (const answer of buses[baudRate]?.receive(bytes) ?? []) device.write(answer);
    });
    return host;
  };
}

/** At these baud rates and numbers alone: where nobody answers takes its time. */
const at = (family: ServoFamily, highestId: number, ...baudRates: number[]): ServoFamily => ({
  ...family,
  protocol: (models) => ({ ...family.protocol(models), baudRates, highestId }),
});

it('finds Dynamixel motors at whatever number and baud rate they are, and moves none', async () => {
  const slow = new DynamixelBus({
    motors: [
      { id: 1, model: DYNAMIXEL.models['xl330-m288']!, mechanics: mechanicsOf('XL330-M288') },
      { id: 200, model: DYNAMIXEL.models['xm430-w350']!, mechanics: mechanicsOf('XM430-W350') },
    ],
    plant: wheels(2),
  });
  const fast = new DynamixelBus({
    motors: [{ id: 7, model: DYNAMIXEL.models['xl430-w250']!, mechanics: mechanicsOf('XL430-W250') }],
    plant: wheels(1),
  });
  fast.motors[0]?.table.put('model', 4242);
  const found = await scanLine(
    line({ 57600: slow, 1000000: fast }),
    'dynamixel',
    at(DYNAMIXEL, 252, 57_600, 1_000_000),
  );
  expect(found).toEqual([
    { driver: 'dynamixel', id: 1, model: 'xl330-m288', number: 1200, baudRates: [57_600] },
    { driver: 'dynamixel', id: 7, model: null, number: 4242, baudRates: [1_000_000] },
    { driver: 'dynamixel', id: 200, model: 'xm430-w350', number: 1020, baudRates: [57_600] },
  ]);
  expect([...slow.motors, ...fast.motors].map(({ table }) => table.get('torque'))).toEqual([0, 0, 0]);
});

it('finds Feetech motors, of both orders of bytes', async () => {
  const mechanics = { stallTorque: 2.9, noLoadSpeed: 5.2, stallCurrent: 2.7 };
  const bus = new FeetechBus({
    motors: [
      { id: 3, model: FEETECH.models.sts3215!, mechanics },
      { id: 5, model: FEETECH.models.scs0009!, mechanics },
    ],
    plant: wheels(2),
    series: 'SCS',
  });
  expect(await scanLine(line({ 1000000: bus }), 'feetech', at(FEETECH, 9, 1_000_000))).toEqual([
    { driver: 'feetech', id: 3, model: 'sts3215', number: 777, baudRates: [1_000_000] },
    { driver: 'feetech', id: 5, model: 'scs0009', number: 1284, baudRates: [1_000_000] },
  ]);
});
