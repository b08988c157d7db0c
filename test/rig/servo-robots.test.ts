import { describe, expect, it, onTestFinished } from 'vitest';
import { DYNAMIXEL } from '../../src/main/rig/drivers/dynamixel/family';
import { FEETECH } from '../../src/main/rig/drivers/feetech/family';
import { ServoBus } from '../../src/main/rig/drivers/servo-bus/bus';
import { startServoDriver } from '../../src/main/rig/drivers/servo-bus/driver';
import { busMotors } from '../../src/main/rig/drivers/servo-bus/motors';
import type { ServoFamily } from '../../src/main/rig/drivers/servo-bus/protocol';
import { loadRig } from '../../src/main/rig/index';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../src/main/rig/simulation/servo-bus/simulate';
import { memoryPair } from '../../src/main/rig/transport/memory';
import { eventually } from '../eventually';

/** A rig's simulated motors with what they turn, and the driver at the other end of a line in memory. */
async function bench(name: string, family: ServoFamily) {
  const rig = await loadRig(name);
  const servos = rig.file.servos!;
  servos.startSpeed = 4;
  rig.file.safety.watchdogSeconds = 5;
  const [host, device] = memoryPair('the test bench');
  const bus = await simulateServos(rig);
  const onFailure = (thrown: unknown) => {
    throw thrown;
  };
  const served = serveBus({ bus, line: device, seed: 1, onFailure });
  onTestFinished(() => {
    served.dispose();
    bus.dispose();
  });
  const motors = busMotors(rig.file, family);
  const line = new ServoBus(host, family.protocol(motors.map(({ model }) => model)), servos.baudRate);
  await line.begin();
  const driver = await startServoDriver(rig, servos, line, motors);
  onTestFinished(() => driver.close());
  const reads = (channel: string) =>
    driver.latest()?.values[rig.file.observations.findIndex((one) => one.name === channel)] ?? Number.NaN;
  return { rig, driver, reads };
}

describe('the Furuta pendulum on its line', () => {
  it('swings when its arm is turned to and fro, and its own motor never pushes it', async () => {
    const { driver, reads } = await bench('furuta-pendulum', DYNAMIXEL);
    await eventually(() => driver.resume());
    let most = 0;
    let turns = 0;
    await eventually(() => {
      turns++;
      driver.act(Float64Array.of(turns % 12 < 6 ? 5 : -5), 10);
      most = Math.max(most, Math.abs(reads('pendulum')));
      expect(most).toBeGreaterThan(0.4);
      expect(Math.abs(reads('arm'))).toBeLessThan(2.4);
    });
    expect(await eventually(() => driver.hold())).toMatchObject({ torque: true, halted: true });
  });
});

describe('the quadruped on one line of twelve motors', () => {
  it('stands in its stance, moves a leg where it is told, and sinks when it is let go', async () => {
    const { rig, driver, reads } = await bench('servo-quadruped', FEETECH);
    await eventually(() => driver.resume());
    await driver.reset(1);
    const stance = rig.file.actions.map(({ hold }) => hold);
    const names = rig.file.actions.map(({ name }) => name.replace('_goal', ''));
    names.forEach((name, i) => {
      expect(Math.abs(reads(name) - stance[i]!)).toBeLessThan(0.2);
    });
    const raised = Float64Array.from(stance);
    raised[2] = -1.6;
    await eventually(() => {
      driver.act(raised, 10);
      expect(reads('fr_lower')).toBeLessThan(-1.45);
    });
    expect(await eventually(() => driver.release())).toMatchObject({ torque: false, halted: true });
    // It weighs something: without torque its legs give way.
    await eventually(() => {
      const moved = names.map((name, i) => Math.abs(reads(name) - stance[i]!));
      expect(Math.max(...moved)).toBeGreaterThan(0.5);
    });
  });
});
