import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/main/control/clock';
import { ControlLoop } from '../../src/main/control/loop';
import type { EndedMessage, FromRig, TickMessage } from '../../src/main/control/messages';
import { DYNAMIXEL } from '../../src/main/rig/drivers/dynamixel/family';
import { FEETECH } from '../../src/main/rig/drivers/feetech/family';
import { ServoBus } from '../../src/main/rig/drivers/servo-bus/bus';
import { startServoDriver } from '../../src/main/rig/drivers/servo-bus/driver';
import { busMotors } from '../../src/main/rig/drivers/servo-bus/motors';
import type { ServoFamily } from '../../src/main/rig/drivers/servo-bus/protocol';
import { loadRig } from '../../src/main/rig/index';
import type { SimulatedBus } from '../../src/main/rig/simulation/servo-bus/device';
import type { LineFaults } from '../../src/main/rig/simulation/servo-bus/faults';
import { serveBus } from '../../src/main/rig/simulation/servo-bus/serve';
import { simulateServos } from '../../src/main/rig/simulation/servo-bus/simulate';
import { memoryPair } from '../../src/main/rig/transport/memory';
import { begin } from './memory-rig';

/** A rig each protocol. */
const RIGS: [string, ServoFamily][] = [
  ['so101', FEETECH],
  ['dynamixel-pendulum', DYNAMIXEL],
];

interface Bench {
  loop: ControlLoop;
  bus: SimulatedBus;
  rows: TickMessage[];
  ended: Promise<EndedMessage>;
  unplug(): void;
}

/** A rig's simulated motors and plant, a line with faults, the driver, and the control loop above it. */
async function openBench(name: string, family: ServoFamily, faults: Partial<LineFaults>): Promise<Bench> {
  const rig = await loadRig(name);
  const servos = rig.file.servos!;
  servos.startSpeed = 4;
  // How fast the computer is does not matter here.
  rig.file.safety = { ...rig.file.safety, watchdogSeconds: 5, missedPlansToHold: 1e6 };
  const [host, device] = memoryPair('the test bench');
  const bus = await simulateServos(rig);
  const onFailure = (thrown: unknown) => {
    throw thrown;
  };
  const served = serveBus({ bus, line: device, faults, seed: 1, onFailure });
  onTestFinished(() => {
    served.dispose();
    bus.dispose();
  });
  const motors = busMotors(rig.file, family);
  const line = new ServoBus(host, family.protocol(motors.map(({ model }) => model)), servos.baudRate);
  await line.begin();
  const driver = await startServoDriver(rig, servos, line, motors);
  onTestFinished(() => driver.close());
  const rows: TickMessage[] = [];
  let resolve: (message: EndedMessage) => void = () => {};
  const ended = new Promise<EndedMessage>((settle) => {
    resolve = settle;
  });
  const loop = new ControlLoop(driver, systemClock, (message: FromRig) => {
    if (message.type === 'tick') rows.push(message);
    else if (message.type === 'ended') resolve(message);
  });
  onTestFinished(() => loop.dispose());
  await loop.resume();
  await loop.begin(begin({ maxSteps: 40 }));
  return { loop, bus, rows, ended, unplug: () => void device.close() };
}

describe.each(RIGS)('an episode on %s', (name, family) => {
  it.each<[string, Partial<LineFaults>]>([
    ['answers are lost', { dropped: 0.02 }],
    ['answers are damaged', { corrupted: 0.02 }],
    ['answers come twice', { duplicated: 0.1 }],
    ['answers come late', { delayed: 0.02 }],
    ['the adapter collects bytes', { latencySeconds: 0.004 }],
    ['the adapter hears itself', { echo: true }],
  ])('goes on to its end while %s, without a word', async (_, faults) => {
    const { ended, rows, loop } = await openBench(name, family, faults);
    const { events, reason } = await ended;
    expect(reason).toBe('asked');
    expect(rows).toHaveLength(41);
    expect(rows.flatMap(({ observation }) => observation).every(Number.isFinite)).toBe(true);
    expect(
      [...events, ...rows.flatMap((row) => row.events)].filter(({ kind }) => kind === 'rig-fault'),
    ).toEqual([]);
    expect(loop.state.phase).toBe('ready');
  });

  /** Brings one about while an episode runs; what is said of it, and with what the episode ended. */
  const during = async (happen: (bench: Bench) => void) => {
    const bench = await openBench(name, family, {});
    await expect.poll(() => bench.rows.length).toBeGreaterThan(5);
    happen(bench);
    const { reason, rows, events } = await bench.ended;
    expect(reason).toBe('held');
    expect(rows).toBe(bench.rows.length);
    const said = [...events, ...bench.rows.flatMap((row) => row.events)].map(({ message }) => message);
    return { ...bench, said: said.join('\n') };
  };

  it('ends in a hold, with what was recorded, when a motor is overloaded', async () => {
    const { said, loop } = await during(({ bus }) => bus.overload(1));
    expect(said).toMatch(/\(motor 1\) on the test bench reports: .*overload/);
    // A Feetech motor exerts less; a Dynamixel motor nothing, until it is rebooted: that hold is not confirmed, and says so.
    if (family === FEETECH)
      await expect.poll(() => loop.state.readback).toMatchObject({ torque: true, halted: true });
    else await expect.poll(() => loop.state.reason).toMatch(/NOT confirmed.*\(motor 1\): its torque is off/);
  });

  it('ends in a confirmed hold, with what was recorded, when the supply fails for a moment', async () => {
    const { said, loop } = await during(({ bus }) => bus.brownOut());
    expect(said).toMatch(/exerts no torque any more, which nobody has asked for/);
    await expect.poll(() => loop.state.readback).toMatchObject({ torque: true, halted: true });
  });

  it('ends with what was recorded when the cable is pulled', async () => {
    const bench = await openBench(name, family, {});
    await expect.poll(() => bench.rows.length).toBeGreaterThan(5);
    bench.unplug();
    const { reason, message, rows } = await bench.ended;
    expect(reason).toBe('fault');
    expect(message).toMatch(/^The connection on the test bench is gone/);
    expect(rows).toBe(bench.rows.length);
    expect(bench.loop.state.phase).toBe('lost');
  });
});
