import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../../src/main/processes/node-host';
import { builtInRigsFolder } from '../../src/main/rig/files';
import { checkRig, loadRig, openDriver } from '../../src/main/rig/index';
import { simulateServos } from '../../src/main/rig/simulation/servo-bus/simulate';
import { lacksProgram } from '../needs';
import { observations } from './bench';
import { rejection, temporaryFolder } from './rig-helpers';

const LINKS = lacksProgram('socat') ? (['stream'] as const) : (['pty', 'stream'] as const);

/** What the tests change of it. */
interface RigJson {
  observations: [{ unit: string; servo: { motor: string } }];
  actions: [unknown, { servo: { motor: string } }];
  servos: { motors: { gripper: { id: number; start: number; model: string } } } | undefined;
}

/** so101 with its rig.json changed. */
async function changed(change: (file: RigJson) => void): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(builtInRigsFolder(), 'so101'), folder, { recursive: true });
  const file = JSON.parse(await readFile(join(folder, 'rig.json'), 'utf8'));
  change(file);
  await writeFile(join(folder, 'rig.json'), JSON.stringify(file));
  return folder;
}

describe.each(LINKS)('the simulated SO-101 (%s)', (link) => {
  it('is driven as the arm is: to its start, by speeds, to hold', async () => {
    const rig = await loadRig('so101');
    rig.file.servos!.startSpeed = 3;
    const driver = await openDriver(
      rig,
      { mode: 'realtime', port: `simulated:${link}`, seed: 1 },
      nodeHost(),
    );
    onTestFinished(() => driver.close());
    // It lies folded on its stops until somebody resumes it.
    expect(driver.latest()!.values[1]).toBeLessThan(-1.6);
    await driver.resume();
    const { values } = await driver.reset(1);
    expect(Math.abs(values[1]! - -0.6)).toBeLessThan(0.13);
    const moving = Float64Array.of(1, 0, 0, 0, 0, 0);
    const seen = await observations(driver, 20, () => driver.act(moving, 10));
    expect(seen.at(-1)!.values[0]! - seen[0]!.values[0]!).toBeGreaterThan(0.3);
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
  });
});

describe('the simulated arm', () => {
  it('stands where its motors hold it, and falls to its stops without torque', async () => {
    const bus = await simulateServos(await loadRig('so101'));
    onTestFinished(() => bus.dispose());
    const position = () => {
      const [answer] = bus.receive(Uint8Array.of(0xff, 0xff, 2, 4, 2, 56, 2, 0xff & ~(2 + 4 + 2 + 56 + 2)));
      return (answer![5]! | (answer![6]! << 8)) - 2048;
    };
    const write = (address: number, ...data: number[]) => {
      const body = [2, data.length + 3, 3, address, ...data];
      const sum = body.reduce((all, byte) => all + byte, 0);
      bus.receive(Uint8Array.of(0xff, 0xff, ...body, 0xff & ~sum));
    };
    expect(position()).toBeLessThan(-1100);
    write(42, 2048 & 0xff, 2048 >> 8);
    write(40, 1);
    bus.step(3);
    expect(Math.abs(position())).toBeLessThan(60);
    write(42, (2048 - 300) & 0xff, (2048 - 300) >> 8);
    bus.step(2);
    write(40, 0);
    bus.step(3);
    expect(position()).toBeLessThan(-900);
  });
});

describe('a rig file with motors', () => {
  it.each<[string, (file: RigJson) => void, string]>([
    [
      'none',
      (file) => {
        file.servos = undefined;
      },
      'servos: expected needed for driver "feetech"',
    ],
    [
      'a motor that is not there',
      (file) => {
        file.observations[0].servo.motor = 'knee';
      },
      'observations[0].servo: expected a motor of "servos" for driver "feetech" ("shoulder_pan"',
    ],
    [
      'a unit of its own',
      (file) => {
        file.observations[0].unit = 'deg';
      },
      'observations[0].unit: expected "rad", found "deg"',
    ],
    [
      'a number twice',
      (file) => {
        file.servos!.motors.gripper.id = 5;
      },
      'servos.motors.gripper.id: expected a number of its own; "wrist_roll" has 5 too',
    ],
    [
      'a start out of reach',
      (file) => {
        file.servos!.motors.gripper.start = 2;
      },
      'servos.motors.gripper.start: expected an angle within the limits -0.15 to 1.7, found 2',
    ],
    [
      'two actions for a motor',
      (file) => {
        file.actions[1].servo.motor = 'shoulder_pan';
      },
      'actions[1].servo.motor: expected a motor that no other action drives, found "shoulder_pan"',
    ],
  ])('says what is wrong with %s', async (_, change, sentence) => {
    expect((await rejection(checkRig(await changed(change)))).message).toContain(sentence);
  });

  it('says at connecting which models of motors there are', async () => {
    const rig = await loadRig(
      await changed((file) => {
        file.servos!.motors.gripper.model = 'mg996r';
      }),
    );
    const error = await rejection(
      openDriver(rig, { mode: 'realtime', port: 'simulated:stream', seed: 1 }, nodeHost()),
    );
    expect(error.message).toMatch(/a motor model "mg996r" .* knows "sts3215", "sts3250", "scs0009"/);
  });
});
