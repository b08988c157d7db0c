import { describe, expect, it, onTestFinished } from 'vitest';
import { nodeHost } from '../../src/main/processes/node-host';
import { checkRig, loadRig, openDriver } from '../../src/main/rig/index';
import { lacksProgram } from '../needs';
import { observations } from './bench';
import { folderWith, rejection } from './rig-helpers';

const LINKS = lacksProgram('socat') ? (['stream'] as const) : (['pty', 'stream'] as const);

describe.each(LINKS)('the simulated Dynamixel arm (%s)', (link) => {
  it('is driven as the arm is, and swings its pendulum', async () => {
    const rig = await loadRig('dynamixel-pendulum');
    const driver = await openDriver(
      rig,
      { mode: 'realtime', port: `simulated:${link}`, seed: 1 },
      nodeHost(),
    );
    onTestFinished(() => driver.close());
    await driver.resume();
    await driver.reset(1);
    const moving = Float64Array.of(3, 0);
    const seen = await observations(driver, 15, () => driver.act(moving, 10));
    const [before, after] = [seen[0]!.values, seen.at(-1)!.values];
    expect(after[0]! - before[0]!).toBeGreaterThan(0.3);
    // The pendulum stays behind.
    expect(Math.max(...seen.map(({ values }) => Math.abs(values[2]!)))).toBeGreaterThan(0.05);
    expect(await driver.hold()).toMatchObject({ torque: true, halted: true });
    expect(await driver.release()).toMatchObject({ torque: false, halted: true });
  });
});

describe('a rig file with a motor that only measures', () => {
  it('says so of an action that drives it, and of a start that it is to go to', async () => {
    const { file } = await loadRig('dynamixel-pendulum');
    const tip = { ...file.servos!.motors.tip, start: 0 };
    const changed = {
      ...file,
      servos: { ...file.servos, motors: { ...file.servos!.motors, tip }, simulation: undefined },
      actions: [{ ...file.actions[0], servo: { motor: 'tip', goal: 'velocity' } }],
    };
    const { message } = await rejection(checkRig(await folderWith({ 'rig.json': changed })));
    expect(message).toContain('actions[0].servo.motor: expected a motor that is not passive, found "tip"');
    expect(message).toContain('servos.motors.tip.start: expected none, as a passive motor goes nowhere');
  });
});
