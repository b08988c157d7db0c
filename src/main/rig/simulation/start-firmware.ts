import { ForesightError } from '../../../shared/errors';
import { lineOf, type Rig } from '../../../shared/rig';
import { heardOf } from '../../processes/heard';
import type { Host } from '../../processes/port';
import type { SimulatedHand } from '../driver';
import { isBytesMessage, portTransport } from '../transport/process-port';
import { openSerialPort } from '../transport/serial-port';
import type { Transport } from '../transport/transport';
import type { FromFirmware, ToFirmware } from './firmware-messages';
import type { SimulatedFaults } from './servo-bus/faults';

/** Starting a process and loading MuJoCo takes a second; a busy machine may need ten times that. */
const READY_TIMEOUT_MS = 20_000;

export interface SimulatedFirmwareOptions {
  /** The rig whose device it stands in for; its section of rig.json says what moves. */
  rig: Rig;
  /** A real pseudo-terminal, bytes over the process's port, or the first where the system has them. */
  link: 'pty' | 'stream' | 'auto';
  seed: number;
  /** File in which motors keep what they keep without power; nothing is kept when left out. */
  memory?: string | undefined;
  /** What goes wrong on the line, and with what is behind it. */
  faults?: SimulatedFaults;
  /** Where a simulated rosbridge server listens; any free port when left out. */
  listen?: number;
}

export interface SimulatedFirmware {
  /** "/dev/pts/3 (simulated firmware)". */
  description: string;
  /** The pseudo-terminal's path, or the address of a rosbridge server; null for the stream link. */
  path: string | null;
  pid: number | undefined;
  /** The line to it; for a pseudo-terminal opened as any serial port. Closing it ends the process as well. */
  open(): Promise<Transport>;
  /** At the joints of motors. */
  hand: SimulatedHand | undefined;
  /** Ends the process. */
  stop(): void;
  /** The process has ended, and why, as a sentence. */
  onEnd(listener: (reason: string) => void): void;
}

/** Starts what stands in for the device of a rig, as a process that moves a simulated plant. */
export async function startSimulatedFirmware(
  { rig, link, seed, memory, faults = {}, listen = 0 }: SimulatedFirmwareOptions,
  host: Pick<Host, 'spawn'>,
): Promise<SimulatedFirmware> {
  const { args, baudRate } = deviceOf(rig);
  const process = await host.spawn('firmware-process', {
    label: `Simulated firmware of ${rig.file.name}`,
    args: [
      ...[...args, '--seed', String(seed), '--link', link],
      ...['--faults', JSON.stringify(faults), '--listen', String(listen)],
      ...(memory === undefined ? [] : ['--memory', memory]),
    ],
  });
  const path = await new Promise<string | null>((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      messages.dispose();
      closes.dispose();
      finish();
    };
    const fail = (error: ForesightError) => {
      settle(() => reject(error));
      process.kill();
    };
    const unavailable = (why: string) =>
      new ForesightError('unavailable', `The simulated firmware did not start: ${why}`, 'Try again.');
    const timer = setTimeout(() => fail(unavailable('it was not ready in time.')), READY_TIMEOUT_MS);
    const closes = process.onClose((reason) => fail(unavailable(reason)));
    const messages = process.onMessage((raw) => {
      // Bytes of the line travel on the same port.
      if (isBytesMessage(raw)) return;
      const message = heardOf<FromFirmware>(
        { ready: true, failed: true, hand: true },
        raw,
        'a simulated firmware',
      );
      if (message?.type === 'ready') settle(() => resolve(message.path));
      else if (message?.type === 'failed') fail(ForesightError.fromShape(message.error));
    });
  });
  const description = `${path ?? 'a process port'} (simulated ${rig.file.servos ? 'motors' : 'firmware'})`;
  const stop = () => process.close();
  let doing: string | null = null;
  process.onMessage((raw) => {
    if (isBytesMessage(raw)) return;
    const message = heardOf<FromFirmware>({ ready: true, failed: true, hand: true }, raw, 'simulated motors');
    if (message?.type === 'hand') doing = message.doing;
  });
  const hand: SimulatedHand | undefined = rig.file.servos && {
    ask: (does) => process.post({ type: 'hand', does } satisfies ToFirmware),
    get doing() {
      return doing;
    },
  };
  return {
    description,
    path,
    pid: process.pid,
    hand,
    stop,
    onEnd: (listener) => process.onClose(listener),
    open: async () => {
      if (path === null) return portTransport(process, description);
      // A pseudo-terminal has no adapter of which there would be anything to tell.
      const { adapter: _, ...transport } = { ...(await openSerialPort(path, baudRate)), description };
      return {
        ...transport,
        close: async () => {
          await transport.close();
          stop();
        },
      };
    },
  };
}

/** What the process is told to be. */
function deviceOf({ file, folder }: Rig): { args: string[]; baudRate: number } {
  const { serial, rosbridge } = file;
  if (rosbridge?.simulation !== undefined) return { args: ['--rig', folder], baudRate: 0 };
  const line = lineOf(file);
  if (line && !serial) return { args: ['--rig', folder], baudRate: line.baudRate };
  if (serial?.simulation !== undefined) {
    return { args: ['--rig', serial.simulation, '--firmware', serial.firmware], baudRate: serial.baudRate };
  }
  throw new ForesightError(
    'wrong-use',
    `The rig "${file.name}" names no plant for a simulated firmware.`,
    'Add "simulation" to the "serial" or "rosbridge" section of rig.json, or connect the device.',
  );
}
