import { read } from 'node:fs';
import type { SerialPort } from 'serialport';
import { ForesightError } from '../../../shared/errors';
import { goneError, type Transport } from './transport';
import { TransportEvents } from './transport-events';

/** A device that stopped reading must not make us buffer commands without end: they would all be late. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/**
 * Opens a serial port. The library is loaded here and not before, because only rig processes may load it: in a
 * worker thread it ends the whole process.
 * @param name what the port is called in errors and descriptions
 */
export async function openSerialPort(path: string, baudRate: number, name = path): Promise<Transport> {
  const { SerialPort } = await import('serialport');
  const port = new SerialPort({ path, baudRate, autoOpen: false, hupcl: false });
  try {
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  } catch (cause) {
    throw openError(name, cause);
  }
  await setLowLatency(port);
  hearHangup(port);
  return wrap(port, name);
}

function wrap(port: SerialPort, name: string): Transport {
  const events = new TransportEvents();
  const gone = (why: string) => events.close(goneError(name, why));
  port.on('data', (chunk: Buffer) => events.receive(chunk));
  port.on('close', (error?: Error | null) => gone(error ? 'the device was unplugged' : 'it was closed'));
  port.on('error', (error) => {
    gone(error.message);
    if (port.isOpen) port.close(() => {});
  });
  return {
    description: name,
    write: (bytes) => {
      if (events.closed) return;
      if (port.writableLength > MAX_BUFFERED_BYTES) {
        gone('the device has stopped taking bytes');
        port.close(() => {});
        return;
      }
      port.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    },
    onData: (listener) => events.onData(listener),
    onClose: (listener) => events.onClose(listener),
    close: async () => {
      gone('it was closed');
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    },
  };
}

/** The binding's open port on Linux and macOS; on Windows there is no poller. */
interface PolledPort {
  fd: number | null;
  poller?: { once(event: 'readable', listener: (error: Error | null) => void): unknown };
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
}

/**
 * On Linux and macOS a port whose device is gone reads as "0 bytes", at once and for ever. The library
 * (bindings-cpp 13, unix-read) takes that for "try again": no close event, and one core busy. Here it is the unplug.
 */
function hearHangup(port: SerialPort): void {
  const binding = port.port as PolledPort | undefined;
  const poller = binding?.poller;
  if (!binding || !poller) return;
  const readable = () =>
    new Promise<void>((resolve, reject) => {
      poller.once('readable', (error) => (error ? reject(error) : resolve()));
    });
  binding.read = async (buffer, offset, length) => {
    while (binding.fd !== null) {
      const bytesRead = await readNow(binding.fd, buffer, offset, length);
      if (bytesRead === 0) throw new Error('the device was unplugged');
      if (bytesRead > 0) return { buffer, bytesRead };
      // Closed while we read: its poller is freed, and asking that would end the process.
      if (binding.fd !== null) await readable();
    }
    throw Object.assign(new Error('Port is not open'), { canceled: true });
  };
}

/** Bytes read, 0 at a hangup, -1 when there is nothing to read yet. */
function readNow(fd: number, buffer: Buffer, offset: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, offset, length, null, (error, bytesRead) => {
      if (!error) resolve(bytesRead);
      else if (['EAGAIN', 'EWOULDBLOCK', 'EINTR'].includes(error.code ?? '')) resolve(-1);
      else reject(error);
    });
  });
}

/**
 * Linux collects the bytes of FTDI chips for up to 16 ms unless asked not to. A pseudo-terminal or another chip
 * refuses the setting and loses nothing by it.
 */
async function setLowLatency(port: SerialPort): Promise<void> {
  if (process.platform !== 'linux') return;
  const options: Parameters<SerialPort['set']>[0] & { lowLatency: boolean } = { lowLatency: true };
  await new Promise<void>((resolve) => port.set(options, () => resolve()));
}

/** Why a port did not open, as a technician needs it. */
export function openError(name: string, cause: unknown): ForesightError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/permission denied|EACCES|access denied/i.test(text)) {
    return new ForesightError(
      'rig-refused',
      `You may not open ${name}: ${permissionReason()}`,
      permissionHint(),
      {
        cause,
      },
    );
  }
  if (/lock|busy|EBUSY|temporarily unavailable/i.test(text)) {
    return new ForesightError(
      'busy',
      `Another program has ${name} open.`,
      'Close the other program (a serial monitor, another Foresight) and connect again.',
      { cause },
    );
  }
  if (/no such file|cannot find|not found|ENOENT|ENXIO|no such device/i.test(text)) {
    return new ForesightError(
      'not-found',
      `There is no port ${name}.`,
      'Plug the device in and choose its port from the list.',
      { cause },
    );
  }
  return new ForesightError(
    'rig-refused',
    `The port ${name} does not open: ${text.replace(/^Error:?\s*/, '').replace(/\.$/, '')}.`,
    'Unplug the device, plug it in again and connect.',
    { cause },
  );
}

function permissionReason(): string {
  return process.platform === 'linux'
    ? 'serial ports belong to a group that you are not in.'
    : 'the system does not let this program use it.';
}

function permissionHint(): string {
  return process.platform === 'linux'
    ? 'Run "sudo usermod -aG dialout $USER" (the group is uucp on Arch, dialout elsewhere), log out and in again.'
    : 'Close other programs that use the port, or start Foresight with the right to use it.';
}
