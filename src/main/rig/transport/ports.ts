import { readdir } from 'node:fs/promises';
import { asForesightError, ForesightError } from '../../../shared/errors';
import { type PortListing, portName, type Rig } from '../../../shared/rig';
import { DeviceLink } from '../drivers/microcontroller/device-link';
import { askHello, type Hello } from '../drivers/microcontroller/hello';
import { openSerialPort } from './serial-port';

/** A port that was opened and whose device said hello. */
export interface Found {
  link: DeviceLink;
  hello: Hello;
}

/** What the serial library or the system knows of a port. */
interface SystemPort {
  path: string;
  manufacturer?: string | undefined;
  serialNumber?: string | undefined;
  vendorId?: string | undefined;
}

/** The serial ports of this machine, USB ones first. Loads the serial library: rig processes only. */
export async function listPorts(list: () => Promise<SystemPort[]> = systemPorts): Promise<PortListing[]> {
  const ports = await list().catch(portsWithoutUdev);
  return ports
    .map(({ path, serialNumber, manufacturer, vendorId }) => ({
      isUsb: vendorId !== undefined || serialNumber !== undefined,
      listing: {
        path,
        serialNumber: serialNumber ?? null,
        manufacturer: manufacturer ?? null,
        firmware: null,
        problem: null,
      },
    }))
    .sort((a, b) => Number(b.isUsb) - Number(a.isUsb) || a.listing.path.localeCompare(b.listing.path))
    .map(({ listing }) => listing);
}

async function systemPorts(): Promise<SystemPort[]> {
  const { SerialPort } = await import('serialport');
  return SerialPort.list();
}

/** On Linux the library asks udevadm, which small systems lack: there the names in /dev must do. */
async function portsWithoutUdev(cause: unknown): Promise<SystemPort[]> {
  if (process.platform !== 'linux') {
    throw new ForesightError(
      'unavailable',
      `The serial ports of this machine cannot be listed: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Give the path of the port.',
      { cause },
    );
  }
  const names = await readdir('/dev');
  return names.filter((name) => /^tty(ACM|USB)\d+$/.test(name)).map((name) => ({ path: `/dev/${name}` }));
}

/** Opens a port, asks for the firmware's name and closes it again; what goes wrong stands in `problem`. */
export async function probePort(path: string, baudRate: number): Promise<PortListing> {
  const listing = await listed(path);
  try {
    const { link, hello } = await connectPort(listing, baudRate);
    await link.transport.close();
    return { ...listing, firmware: `${hello.firmware} ${hello.firmwareVersion}` };
  } catch (thrown) {
    return { ...listing, problem: asForesightError(thrown).message };
  }
}

/** The port at a path with all that is known of it; a path that no list has is taken as it stands. */
async function listed(path: string): Promise<PortListing> {
  const unknown = { path, serialNumber: null, manufacturer: null, firmware: null, problem: null };
  const ports = await listPorts().catch(() => []);
  return ports.find((port) => port.path === path) ?? unknown;
}

/** Opens a port and waits for its device's hello. */
async function connectPort(port: PortListing, baudRate: number): Promise<Found> {
  const transport = await openSerialPort(port.path, baudRate, portName(port));
  const link = new DeviceLink(transport);
  try {
    return { link, hello: await askHello(link) };
  } catch (thrown) {
    await transport.close();
    throw thrown;
  }
}

/**
 * Finds a rig's device. `port` is a path, a USB serial number, or "auto": then every USB port is asked, and the
 * one whose hello names the rig's firmware is it.
 */
export async function findDevice(rig: Rig, port: string): Promise<Found> {
  const serial = rig.file.serial;
  if (!serial)
    throw new ForesightError('wrong-use', `"${rig.file.name}" is no serial rig.`, 'Choose a serial rig.');
  if (/^(\/|\\\\|COM\d)/i.test(port)) return connectPort(await listed(port), serial.baudRate);
  const ports = await listPorts();
  if (port !== 'auto') {
    const bySerialNumber = ports.find((listing) => listing.serialNumber === port);
    return connectPort(bySerialNumber ?? (await listed(port)), serial.baudRate);
  }
  const candidates = ports.filter((listing) => listing.serialNumber !== null || isUsbPath(listing.path));
  const answers = await Promise.all(
    candidates.map((candidate) =>
      connectPort(candidate, serial.baudRate).catch((thrown: unknown) => asForesightError(thrown).message),
    ),
  );
  const found = answers.filter((answer) => typeof answer !== 'string');
  const fitting = found.filter(({ hello }) => hello.firmware === serial.firmware);
  const [only, ...others] = fitting;
  const chosen = others.length === 0 ? only : undefined;
  await Promise.all(found.filter((one) => one !== chosen).map(({ link }) => link.transport.close()));
  if (chosen) return chosen;
  if (others.length > 0) {
    const paths = fitting.map(({ link }) => link.transport.description).join(', ');
    throw new ForesightError(
      'rig-refused',
      `${fitting.length} devices run the firmware "${serial.firmware}": ${paths}.`,
      'Give the port or the USB serial number of the one that is meant.',
    );
  }
  const looked = answers.map((answer) =>
    typeof answer === 'string'
      ? answer
      : `${answer.link.transport.description} runs "${answer.hello.firmware}".`,
  );
  throw new ForesightError(
    'not-found',
    `No device with the firmware "${serial.firmware}" was found: ${looked.length > 0 ? looked.join(' ') : 'no USB serial port is there.'}`,
    'Plug the device in, or choose the port "simulated" to use the simulated firmware.',
  );
}

function isUsbPath(path: string): boolean {
  return /tty(ACM|USB)|cu\.(usb|wch|SLAB)|^COM\d/i.test(path);
}
