import { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import { heardOf } from '../../processes/heard';
import type { Host } from '../../processes/port';
import { isBytesMessage, portTransport } from '../transport/process-port';
import { openSerialPort } from '../transport/serial-port';
import type { Transport } from '../transport/transport';
import type { FromFirmware } from './firmware-process';

/** Starting a process and loading MuJoCo takes a second; a busy machine may need ten times that. */
const READY_TIMEOUT_MS = 20_000;

export interface SimulatedFirmwareOptions {
  /** The serial rig it stands in for; its `serial.simulation` says which plant it moves. */
  rig: Rig;
  /** A real pseudo-terminal, bytes over the process's port, or the first where the system has them. */
  link: 'pty' | 'stream' | 'auto';
  seed: number;
}

export interface SimulatedFirmware {
  /** "/dev/pts/3 (simulated firmware)". */
  description: string;
  /** The pseudo-terminal's path; null for the stream link. */
  path: string | null;
  pid: number | undefined;
  /** The line to it; for a pseudo-terminal opened as any serial port. Closing it ends the process as well. */
  open(): Promise<Transport>;
  /** Ends the process. */
  stop(): void;
}

/** Starts the firmware of a serial rig as a process that moves a simulated plant. */
export async function startSimulatedFirmware(
  { rig, link, seed }: SimulatedFirmwareOptions,
  host: Pick<Host, 'spawn'>,
): Promise<SimulatedFirmware> {
  const serial = rig.file.serial;
  if (serial?.simulation === undefined) {
    throw new ForesightError(
      'wrong-use',
      `The rig "${rig.file.name}" names no plant for a simulated firmware.`,
      'Add "simulation" to the "serial" section of rig.json, or connect the device.',
    );
  }
  const process = await host.spawn('firmware-process', {
    label: `Simulated firmware of ${rig.file.name}`,
    args: ['--rig', serial.simulation, '--firmware', serial.firmware, '--seed', String(seed), '--link', link],
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
      const message = heardOf<FromFirmware>({ ready: true, failed: true }, raw, 'a simulated firmware');
      if (message?.type === 'ready') settle(() => resolve(message.path));
      else if (message) fail(ForesightError.fromShape(message.error));
    });
  });
  const description = `${path ?? 'a process port'} (simulated firmware)`;
  const stop = () => process.close();
  return {
    description,
    path,
    pid: process.pid,
    stop,
    open: async () => {
      if (path === null) return portTransport(process, description);
      const transport = { ...(await openSerialPort(path, serial.baudRate)), description };
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
