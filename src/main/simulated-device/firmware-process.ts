import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { asForesightError, ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import { readForeignSync } from '../foreign/read';
import { childPort } from '../processes/child-port';
import { heardOf } from '../processes/heard';
import type { Port } from '../processes/port';
import { openPlant } from '../rig/drivers/mujoco/plant';
import { checkRig, loadRig } from '../rig/files';
import { Listeners } from '../rig/listeners';
import { faultyLine } from '../rig/simulation/faulty-line';
import { type Line, startFirmware } from '../rig/simulation/firmware';
import type { FromFirmware, ToFirmware } from '../rig/simulation/firmware-messages';
import { openPseudoTerminal } from '../rig/simulation/pseudo-terminal';
import { startRobot } from '../rig/simulation/rosbridge/robot';
import { serveRosbridge } from '../rig/simulation/rosbridge/server';
import { isMotors, type SimulatedMotors } from '../rig/simulation/servo-bus/device';
import { type MotorEvents, SimulatedFaults } from '../rig/simulation/servo-bus/faults';
import { Hand } from '../rig/simulation/servo-bus/hand';
import { serveBus } from '../rig/simulation/servo-bus/serve';
import { simulatedMotors } from '../rig/simulation/servo-bus/simulate';
import { simulateDevice } from '../rig/simulation/simulate';
import { type BytesMessage, isBytesMessage } from '../rig/transport/process-port';
import { robotEyes } from './robot-eyes';

const FIRMWARE_VERSION = '1.0.0';
/** A plant is slow the first time that it moves; motors answer at once from the first question on. */
const WARM_UP_SECONDS = 0.1;
const HAND_MS = 50;
const MEMORY = { what: 'the memory of simulated motors', most: 1e6, next: 'Delete it.' };
const MotorMemory = z.array(z.record(z.string(), z.number()));

/**
 * The program: simulates the rig in the folder `--rig` until the port closes; a MuJoCo rig under the firmware name `--firmware`,
 * any other as the device that it is, with the faults of `--faults` (JSON), a robot behind rosbridge with a server that listens on the
 * port `--listen`.
 */
async function run(port: Port): Promise<void> {
  const { values } = parseArgs({
    options: {
      rig: { type: 'string' },
      firmware: { type: 'string' },
      seed: { type: 'string', default: '0' },
      link: { type: 'string', default: 'auto' },
      faults: { type: 'string', default: '{}' },
      listen: { type: 'string', default: '0' },
      memory: { type: 'string' },
    },
  });
  if (values.rig === undefined) {
    throw new ForesightError('wrong-use', 'A simulated device needs --rig.', 'Give it.');
  }
  const rig = await checkRig(values.rig);
  const onFailure = (thrown: unknown) => fail(port, thrown);
  const faults = SimulatedFaults.parse(JSON.parse(values.faults));
  const { rosbridge } = rig.file;
  if (rosbridge?.simulation !== undefined) {
    const seed = Number(values.seed);
    const simulated = await loadRig(rosbridge.simulation);
    const plant = await openPlant(simulated, seed);
    const robot = startRobot(rig, plant, { seed, onFailure });
    const eyes = await robotEyes(rig, simulated, plant);
    const server = await serveRosbridge(rig, rosbridge, robot, {
      ...{ port: Number(values.listen), faults: faults.line, seed },
      ...(eyes && { eyes }),
    });
    scheduleEvents(
      { brownOut: () => server.restart(), overload: () => robot.actuation.enterHold() },
      faults.events,
    );
    port.post({ type: 'ready', path: server.url } satisfies FromFirmware);
    return;
  }
  if (rig.file.driver !== 'mujoco') {
    const bus = await simulateDevice(rig, Number(values.seed));
    const keep = isMotors(bus) && values.memory !== undefined ? keepMemory(bus, values.memory) : undefined;
    if (isMotors(bus)) letLive(port, bus, rig);
    const { line, path } = await openLine(port, values.link);
    serveBus({ bus, line, faults: faults.line, seed: Number(values.seed), beforeAnswers: keep, onFailure });
    scheduleEvents(bus, faults.events);
    port.post({ type: 'ready', path } satisfies FromFirmware);
    return;
  }
  if (values.firmware === undefined) {
    throw new ForesightError('wrong-use', 'A simulated firmware needs --firmware.', 'Give its name.');
  }
  const plant = await openPlant(rig, Number(values.seed));
  const { line, path } = await openLine(port, values.link);
  const firmware = startFirmware({
    rig,
    plant,
    name: values.firmware,
    version: FIRMWARE_VERSION,
    line: faultyLine(line, () => faults.line, Number(values.seed)),
    onFailure,
  });
  scheduleEvents({ brownOut: firmware.restart, overload: firmware.trip }, faults.events);
  port.post({ type: 'ready', path } satisfies FromFirmware);
}

/** Motors as they lie on a bench, a hand at their joints. */
function letLive(port: Port, motors: SimulatedMotors, rig: Rig): void {
  motors.step(WARM_UP_SECONDS);
  offerHand(port, motors, rig);
}

/**
 * EEPROM that outlives this process. One that is damaged, or of other motors, is as delivered. Returns what
 * writes the file when something has changed; it is due before a write is answered, since whoever has the answer may end this process
 * at once.
 */
function keepMemory(bus: SimulatedMotors, file: string): () => void {
  let kept = '';
  try {
    kept = readForeignSync(file, MEMORY).toString('utf8');
    bus.remember(MotorMemory.parse(JSON.parse(kept)));
  } catch {
    kept = '';
  }
  return () => {
    const now = JSON.stringify(bus.memory());
    if (now === kept) return;
    kept = now;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, now);
    renameSync(`${file}.part`, file);
  };
}

/** A person's hand, for whoever has no robot. */
function offerHand(port: Port, bus: SimulatedMotors, rig: Rig): void {
  const motors = simulatedMotors(rig);
  const hand = new Hand(
    motors.map(({ name }) => name),
    motors.map(({ zeroRad, file }) => zeroRad + file.direction * file.home),
  );
  bus.holdBy(hand);
  let told: string | null = null;
  const tell = () => {
    if (hand.doing === told) return;
    told = hand.doing;
    port.post({ type: 'hand', doing: told } satisfies FromFirmware);
  };
  setInterval(tell, HAND_MS);
  port.onMessage((raw) => {
    if (isBytesMessage(raw)) return;
    const said = heardOf<ToFirmware>({ hand: true }, raw, 'whoever started it');
    if (said && ['sweep', 'home', 'nothing'].includes(said.does)) hand.ask(said.does, bus.angles);
    tell();
  });
}

/** A real cable is pulled without a word. */
function scheduleEvents(device: { brownOut(): void; overload(id: number): void }, events: MotorEvents): void {
  const after = (seconds: number | undefined, act: () => void) => {
    if (seconds !== undefined) setTimeout(act, seconds * 1000);
  };
  after(events.brownOutAfter, () => device.brownOut());
  after(events.overloadAfter, () => device.overload(events.overloaded ?? 1));
  after(events.unplugAfter, () => process.exit());
}

async function openLine(port: Port, link: string): Promise<{ line: Line; path: string | null }> {
  if (link !== 'stream') {
    try {
      const terminal = await openPseudoTerminal();
      process.once('exit', () => terminal.dispose());
      terminal.onClose(() => process.exit(0));
      return { line: terminal, path: terminal.path };
    } catch (thrown) {
      const error = asForesightError(thrown);
      if (link === 'pty' || error.code !== 'unavailable') throw error;
    }
  }
  const data = new Listeners<Uint8Array>();
  port.onMessage((message) => {
    if (isBytesMessage(message)) data.emit(message.bytes);
  });
  return {
    path: null,
    line: {
      write: (bytes) => port.post({ type: 'bytes', bytes } satisfies BytesMessage),
      onData: (listener) => data.add(listener),
    },
  };
}

function fail(port: Port, thrown: unknown): void {
  port.post({ type: 'failed', error: asForesightError(thrown).toShape() } satisfies FromFirmware);
  process.exitCode = 1;
  port.close();
}

// Ctrl-C on a terminal, and its end, reach the whole group of processes; a device on a cable would not hear them either.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
const { port } = await childPort();
// Whoever started this is gone, and the "device" with it: a real one would have lost its power.
port.onClose(() => process.exit());
await run(port).catch((thrown) => fail(port, thrown));
