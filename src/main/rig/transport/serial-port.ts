import { readSync, writeSync } from 'node:fs';
import type { SerialPort } from 'serialport';
import { ForesightError } from '../../../shared/errors';
import { adapterLatency } from './adapter-latency';
import { portHolders } from './port-holders';
import { type PermissionAdvice, permissionAdvice } from './port-permission';
import { goneError, type Transport } from './transport';
import { TransportEvents } from './transport-events';

/** A device that stopped reading must not make us buffer commands without end: they would all be late. */
const MAX_BUFFERED_BYTES = 64 * 1024;
const READ_BYTES = 64 * 1024;

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
    const [holders, permission] = await Promise.all([portHolders([path]), permissionAdvice(path)]);
    throw openError(name, cause, { holders: holders.get(path) ?? [], permission });
  }
  const { words } = await adapterLatency(path, await setLowLatency(port));
  return wrap(port, name, words);
}

function wrap(port: SerialPort, name: string, adapter: string): Transport {
  const events = new TransportEvents();
  const gone = (why: string) => {
    events.close(goneError(name, why));
    if (port.isOpen) port.close(() => {});
  };
  const line = lineOf(port);
  if (line) hear(line, { onBytes: (bytes) => events.receive(bytes), onGone: gone });
  else port.on('data', (chunk: Buffer) => events.receive(chunk));
  port.on('close', (error?: Error | null) => gone(error ? UNPLUGGED : 'it was closed'));
  port.on('error', (error) => gone(error.message));
  return {
    description: name,
    adapter,
    write: (bytes) => {
      if (events.closed) return;
      if (port.writableLength > MAX_BUFFERED_BYTES) return gone('the device has stopped taking bytes');
      const rest = line && port.writableLength === 0 ? sayNow(line, bytes, gone) : bytes;
      if (rest.length > 0) port.write(Buffer.from(rest.buffer, rest.byteOffset, rest.length));
    },
    onData: (listener) => events.onData(listener),
    onClose: (listener) => events.onClose(listener),
    close: async () => {
      events.close(goneError(name, 'it was closed'));
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    },
  };
}

const UNPLUGGED = 'the device was unplugged';

/** The library's open port on Linux and macOS, which does not block; on Windows there is no poller. */
interface Line {
  fd: number | null;
  poller: { once(event: 'readable', listener: (error: Error | null) => void): unknown };
}

function lineOf({ port }: SerialPort): Line | undefined {
  return port && 'poller' in port ? (port as unknown as Line) : undefined;
}

/**
 * What comes is read in this thread when the system says that it is there: the library's stream (bindings-cpp 13, unix-read) sends
 * every few bytes through a thread of a pool and back, which takes longer than they do. A port whose device is gone reads as "0
 * bytes", at once and for ever: the stream takes that for "try again", with no close event and one core busy. Here it is the unplug.
 */
function hear(
  line: Line,
  { onBytes, onGone }: { onBytes(bytes: Uint8Array): void; onGone(why: string): void },
): void {
  const buffer = new Uint8Array(READ_BYTES);
  const next = () => line.poller.once('readable', take);
  const take = (error: (Error & { canceled?: boolean }) | null) => {
    const { fd } = line;
    // Closed meanwhile: its poller is freed, and asking that would end the process.
    if (error?.canceled || fd === null) return;
    if (error) return onGone(UNPLUGGED);
    let bytesRead: number | undefined;
    try {
      bytesRead = unlessBusy(() => readSync(fd, buffer, 0, buffer.length, null));
    } catch {
      bytesRead = 0;
    }
    if (bytesRead === 0) return onGone(UNPLUGGED);
    next();
    if (bytesRead !== undefined) onBytes(buffer.slice(0, bytesRead));
  };
  next();
}

/** What the system takes at once. Returns what it has no room for. */
function sayNow({ fd }: Line, bytes: Uint8Array, onGone: (why: string) => void): Uint8Array {
  if (fd === null) return bytes;
  try {
    return bytes.subarray(unlessBusy(() => writeSync(fd, bytes)) ?? 0);
  } catch {
    onGone(UNPLUGGED);
    return new Uint8Array(0);
  }
}

/** Undefined when there is nothing to read yet, or no room to write. */
function unlessBusy(call: () => number): number | undefined {
  try {
    return call();
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR') return undefined;
    throw thrown;
  }
}

/**
 * Linux collects the bytes of FTDI chips for up to 16 ms unless asked not to. A pseudo-terminal or another chip
 * refuses the setting and loses nothing by it. True where the system has taken it, null where it has no such mode.
 */
async function setLowLatency(port: SerialPort): Promise<boolean | null> {
  if (process.platform !== 'linux') return null;
  const options: Parameters<SerialPort['set']>[0] & { lowLatency: boolean } = { lowLatency: true };
  return new Promise<boolean>((resolve) => port.set(options, (error) => resolve(!error)));
}

/** What the system knows of a port that did not open. */
interface OpenFailure {
  /** Programs that have it open. */
  holders?: readonly string[];
  permission: PermissionAdvice;
}

/** Why a port did not open, as a technician needs it. */
export function openError(
  name: string,
  cause: unknown,
  { holders = [], permission }: OpenFailure,
): ForesightError {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/permission denied|EACCES|access denied/i.test(text)) {
    const { reason, next } = permission;
    return new ForesightError('rig-refused', `You may not open ${name}: ${reason}`, next, { cause });
  }
  if (/lock|busy|EBUSY|temporarily unavailable/i.test(text)) {
    const who = holders.length > 0 ? `: ${holders.join(', ')}` : '';
    return new ForesightError(
      'busy',
      `Another program has ${name} open${who}.`,
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
