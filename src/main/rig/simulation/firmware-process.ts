import { parseArgs } from 'node:util';
import { asForesightError, type ErrorShape, ForesightError } from '../../../shared/errors';
import { childPort } from '../../processes/child-port';
import type { Port } from '../../processes/port';
import { openPlant } from '../drivers/mujoco/plant';
import { checkRig, loadRig } from '../files';
import { Listeners } from '../listeners';
import { type BytesMessage, isBytesMessage } from '../transport/process-port';
import { faultyLine } from './faulty-line';
import { type Line, startFirmware } from './firmware';
import { openPseudoTerminal } from './pseudo-terminal';
import { startRobot } from './rosbridge/robot';
import { serveRosbridge } from './rosbridge/server';
import { type MotorEvents, SimulatedFaults } from './servo-bus/faults';
import { serveBus } from './servo-bus/serve';
import { simulateDevice } from './simulate';

/** What a firmware process says to whoever started it; bytes of the stream link travel beside. */
export type FromFirmware =
  /** `path` is the pseudo-terminal to open or the address of a rosbridge server, null when bytes go over this port. */
  { type: 'ready'; path: string | null } | { type: 'failed'; error: ErrorShape };

const FIRMWARE_VERSION = '1.0.0';
/** A plant is slow the first time that it moves; motors answer at once from the first question on. */
const WARM_UP_SECONDS = 0.1;

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
    const plant = await openPlant(await loadRig(rosbridge.simulation), Number(values.seed));
    const robot = startRobot(rig, plant, { seed: Number(values.seed), onFailure });
    const { url } = await serveRosbridge(rig, rosbridge, robot, Number(values.listen));
    port.post({ type: 'ready', path: url } satisfies FromFirmware);
    return;
  }
  if (rig.file.driver !== 'mujoco') {
    const bus = await simulateDevice(rig, Number(values.seed));
    bus.step(WARM_UP_SECONDS);
    const { line, path } = await openLine(port, values.link);
    serveBus({ bus, line, faults: faults.line, seed: Number(values.seed), onFailure });
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
