import { realpath } from 'node:fs/promises';
import { ForesightError } from '../../../shared/errors';
import { barePort, deviceKey, type PortListing } from '../../../shared/ports';
import { linuxPorts } from './linux-ports';
import { portHolders } from './port-holders';
import type { SystemPort } from './system-port';

/** On Linux ports are found by reading files; elsewhere the serial library is asked, which only rig processes load. */
export const listsWithoutLibrary = process.platform === 'linux';

/** The serial ports of this machine, USB ones first. Loads the serial library where the system is not Linux: rig processes only. */
export async function listPorts(
  list: () => Promise<SystemPort[]> = systemPorts,
  holders: typeof portHolders = portHolders,
): Promise<PortListing[]> {
  const ports = (await list().catch(notListed)).map(listing);
  const busy = await holders(ports.map(({ path }) => path));
  return ports
    .map((port) => ({ ...port, busyWith: busy.get(port.path) ?? [] }))
    .sort((a, b) => Number(isUsb(b)) - Number(isUsb(a)) || a.path.localeCompare(b.path));
}

function listing(port: SystemPort): PortListing {
  const usb = {
    vendorId: port.vendorId?.toLowerCase() ?? null,
    productId: port.productId?.toLowerCase() ?? null,
    serialNumber: port.serialNumber ?? null,
  };
  const interfaceNumber = port.interfaceNumber ?? windowsInterface(port.pnpId);
  return {
    ...barePort(port.path),
    ...usb,
    key: deviceKey({ ...usb, interfaceNumber }),
    manufacturer: port.manufacturer ?? null,
    product: port.product ?? port.friendlyName ?? null,
    socket: port.socket ?? port.locationId ?? null,
  };
}

function isUsb({ vendorId, serialNumber }: PortListing): boolean {
  return vendorId !== null || serialNumber !== null;
}

function windowsInterface(pnpId: string | undefined): number {
  return Number.parseInt(/&MI_(\d\d)/i.exec(pnpId ?? '')?.[1] ?? '0', 16);
}

async function systemPorts(): Promise<SystemPort[]> {
  if (listsWithoutLibrary) return linuxPorts();
  const { SerialPort } = await import('serialport');
  return SerialPort.list();
}

function notListed(cause: unknown): never {
  throw new ForesightError(
    'unavailable',
    `The serial ports of this machine cannot be listed: ${cause instanceof Error ? cause.message : String(cause)}.`,
    'Give the path of the port.',
    { cause },
  );
}

/** The port at a path with all that is known of it; a path that no list has is taken as it stands, links to a listed one are followed. */
export async function listed(
  path: string,
  list: () => Promise<PortListing[]> = listPorts,
): Promise<PortListing> {
  const ports = await list().catch(() => []);
  const target = await realpath(path).catch(() => path);
  return ports.find((port) => port.path === path || port.path === target) ?? barePort(path);
}

/** Those that a device on a cable may be behind. */
export function usbPorts(ports: readonly PortListing[]): PortListing[] {
  return ports.filter((port) => isUsb(port) || isUsbPath(port.path));
}

function isUsbPath(path: string): boolean {
  return /tty(ACM|USB)|cu\.(usb|wch|SLAB)|^COM\d/i.test(path);
}
