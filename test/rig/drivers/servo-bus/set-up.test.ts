import { describe, expect, it } from 'vitest';
import { DYNAMIXEL } from '../../../../src/main/rig/drivers/dynamixel/family';
import { FEETECH } from '../../../../src/main/rig/drivers/feetech/family';
import type { ServoFamily } from '../../../../src/main/rig/drivers/servo-bus/protocol';
import { setUpMotor } from '../../../../src/main/rig/drivers/servo-bus/set-up';
import { DynamixelBus } from '../../../../src/main/rig/simulation/dynamixel/bus';
import { mechanicsOf } from '../../../../src/main/rig/simulation/dynamixel/mechanics';
import { FeetechBus } from '../../../../src/main/rig/simulation/feetech/bus';
import type { SimulatedBus } from '../../../../src/main/rig/simulation/servo-bus/device';
import { FreeJoints } from '../../../../src/main/rig/simulation/servo-bus/joints';
import { memoryPair } from '../../../../src/main/rig/transport/memory';
import { rejection } from '../../rig-helpers';

const wheels = (motors: number) =>
  new FreeJoints(
    Array.from({ length: motors }, () => ({
      ...{ inertia: 0.01, damping: 0.01, range: [-3, 3] as const, start: 0 },
    })),
  );

/** Motors that hear only what is said at their own baud rate, as real ones do. */
const lineOf = (bus: SimulatedBus, baudRateNow: () => number | undefined) => async (baudRate: number) => {
  const [host, device] = memoryPair(`a line at ${baudRate} baud`);
  device.onData((bytes) => {
    if (baudRate !== baudRateNow()) return;
    for (const answer of bus.receive(bytes)) device.write(answer);
  });
  return host;
};

interface Line {
  open: ReturnType<typeof lineOf>;
  bus: SimulatedBus;
}

function dynamixel(...ids: number[]): Line & { motors: DynamixelBus['motors'] } {
  const model = DYNAMIXEL.models['xl330-m288']!;
  const bus = new DynamixelBus({
    motors: ids.map((id) => ({ id, model, mechanics: mechanicsOf(model.name) })),
    plant: wheels(ids.length),
  });
  const code = () => bus.motors[0]?.table.get('baudCode') ?? -1;
  return { bus, motors: bus.motors, open: lineOf(bus, () => DYNAMIXEL.baudCodes[code()]) };
}

function feetech(): Line {
  const mechanics = { stallTorque: 2.9, noLoadSpeed: 5.2, stallCurrent: 2.7 };
  const motors = [{ id: 1, model: FEETECH.models.sts3215!, mechanics }];
  const bus = new FeetechBus({ motors, plant: wheels(1), series: 'STS' });
  return { bus, open: lineOf(bus, () => FEETECH.baudCodes[bus.motors[0]?.read(6, 1)[0] ?? -1]) };
}

const newDynamixel = { driver: 'dynamixel', model: 'xl330-m288', now: { id: 1, baudRate: 57_600 } } as const;

describe('setting up a motor', () => {
  it.each<[string, () => Line, ServoFamily, Omit<Parameters<typeof setUpMotor>[1], 'wanted'>, number]>([
    ['Dynamixel', () => dynamixel(1), DYNAMIXEL, newDynamixel, 1200],
    [
      'Feetech',
      feetech,
      FEETECH,
      { driver: 'feetech', model: 'sts3215', now: { id: 1, baudRate: 1_000_000 } },
      777,
    ],
  ])(
    'gives a %s motor a number and a baud rate that it keeps without power',
    async (_, make, family, from, number) => {
      const { open, bus } = make();
      const wanted = { id: 5, baudRate: 115_200 };
      const after = { driver: from.driver, id: 5, model: from.model, number, baudRates: [115_200] };
      expect(await setUpMotor(open, { ...from, wanted }, family)).toEqual(after);
      bus.brownOut();
      expect(await setUpMotor(open, { ...from, now: wanted, wanted }, family)).toEqual(after);
    },
  );

  it('takes the torque off first, without which a Dynamixel motor keeps its number', async () => {
    const { open, motors } = dynamixel(1);
    motors[0]?.table.put('torque', 1);
    await setUpMotor(open, { ...newDynamixel, wanted: { id: 9, baudRate: 57_600 } }, DYNAMIXEL);
    expect([motors[0]?.table.get('id'), motors[0]?.table.get('torque')]).toEqual([9, 0]);
  });

  it('gives no number that another motor on the line has', async () => {
    const { open, motors } = dynamixel(1, 2);
    const refused = await rejection(
      setUpMotor(open, { ...newDynamixel, wanted: { id: 2, baudRate: 57_600 } }, DYNAMIXEL),
    );
    expect(refused.message).toMatch(/^A motor with the number 2 is on .* already/);
    expect(motors.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('says so when the motor does not answer', async () => {
    const { open } = dynamixel(7);
    const wanted = { id: 2, baudRate: 57_600 };
    const silent = await rejection(setUpMotor(open, { ...newDynamixel, wanted }, DYNAMIXEL));
    expect(silent).toMatchObject({ code: 'rig-silent', message: expect.stringContaining('Motor 1 on') });
  });

  it.each([
    [{ id: 2, baudRate: 12_345 }, 'XL330-M288 does not know 12345 baud.'],
    [{ id: 253, baudRate: 57_600 }, 'No motor can have the number 253.'],
  ])('refuses what no motor can be: %j', async (wanted, sentence) => {
    const { open } = dynamixel(1);
    const refused = await rejection(setUpMotor(open, { ...newDynamixel, wanted }, DYNAMIXEL));
    expect(refused).toMatchObject({ code: 'wrong-use', message: sentence });
  });
});
