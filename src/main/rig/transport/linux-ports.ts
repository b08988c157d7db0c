import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SystemPort } from './system-port';
import { systemPath } from './system-root';

/** Names of serial ports, USB or not. */
const PORT = /^(tty(S|WCH|ACM|USB|AMA|MFD|O|XRUSB|THS|mxc)|rfcomm)\d+$/;
const USB_PORT = /^tty(ACM|USB|WCH|XRUSB)\d+$/;
/** A device lies a few folders below its USB socket. */
const MOST_FOLDERS = 8;

/**
 * The serial ports as the kernel tells of them in /sys: one small read each, and no program is started, so that they can be
 * looked at every second. What is in /dev alone (a container without /sys) comes with its path only.
 */
export async function linuxPorts(root?: string): Promise<SystemPort[]> {
  const tty = systemPath('sys/class/tty', root);
  const names = (await readdir(tty).catch(() => [])).filter((name) => PORT.test(name));
  const found = await Promise.all(names.map((name) => portIn(tty, name, root)));
  const known = found.filter((port) => port !== undefined);
  const devices = await readdir(systemPath('dev', root)).catch(() => []);
  const others = devices.filter((name) => USB_PORT.test(name) && !names.includes(name));
  return [...known, ...others.map((name) => ({ path: systemPath(`dev/${name}`, root) }))];
}

async function portIn(tty: string, name: string, root: string | undefined): Promise<SystemPort | undefined> {
  const device = await realpath(join(tty, name, 'device')).catch(() => undefined);
  // Without one it is no port; of type 0 it is a name that the kernel keeps for a chip that is not there.
  if (device === undefined || (await attribute(join(tty, name), 'type')) === '0') return undefined;
  const path = systemPath(`dev/${name}`, root);
  let interfaceNumber = 0;
  for (let folder = device, up = 0; up < MOST_FOLDERS; folder = dirname(folder), up++) {
    const part = await attribute(folder, 'bInterfaceNumber');
    if (part !== undefined) interfaceNumber = Number.parseInt(part, 16) || 0;
    const vendorId = await attribute(folder, 'idVendor');
    if (vendorId === undefined) continue;
    const [productId, serialNumber, manufacturer, product] = await Promise.all(
      ['idProduct', 'serial', 'manufacturer', 'product'].map((what) => attribute(folder, what)),
    );
    const usb = { vendorId, productId, serialNumber, manufacturer, product };
    return { path, ...usb, interfaceNumber, socket: basename(folder) };
  }
  return { path };
}

async function attribute(folder: string, name: string): Promise<string | undefined> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  const value = text?.trim();
  return value === '' ? undefined : value;
}
