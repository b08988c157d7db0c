import { readdir } from 'node:fs/promises';
import { ForesightError } from '../../../shared/errors';
import type { PortListing } from '../../../shared/rig';

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

/** The port at a path with all that is known of it; a path that no list has is taken as it stands. */
export async function listed(path: string): Promise<PortListing> {
  const unknown = { path, serialNumber: null, manufacturer: null, firmware: null, problem: null };
  const ports = await listPorts().catch(() => []);
  return ports.find((port) => port.path === path) ?? unknown;
}

/** Those that a device on a cable may be behind. */
export function usbPorts(ports: readonly PortListing[]): PortListing[] {
  return ports.filter(({ serialNumber, path }) => serialNumber !== null || isUsbPath(path));
}

function isUsbPath(path: string): boolean {
  return /tty(ACM|USB)|cu\.(usb|wch|SLAB)|^COM\d/i.test(path);
}
