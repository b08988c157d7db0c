import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';

/** An adapter on a USB cable, as the kernel tells of it. */
export interface FakeAdapter {
  /** "ttyUSB0". */
  name: string;
  vendorId?: string;
  productId?: string;
  serialNumber?: string;
  product?: string;
  /** "1-1.4". */
  socket?: string;
  interfaceNumber?: number;
  /** What opens as the port: a pseudo-terminal. */
  target?: string;
  /** ms, where the driver has a latency timer. */
  latencyTimer?: number;
}

export interface FakeSystem {
  /** What is given as FORESIGHT_SYSTEM_ROOT. */
  root: string;
  plug(adapter: FakeAdapter): string;
  unplug(name: string): void;
}

/**
 * The folders /sys, /dev, /proc and /etc of a computer, as far as ports are concerned, with links as the kernel makes them.
 * @param cleanUp is handed what removes them again
 */
export function fakeSystem(cleanUp: (remove: () => void) => void = onTestFinished): FakeSystem {
  const root = mkdtempSync(join(tmpdir(), 'foresight-system-'));
  cleanUp(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['sys/class/tty', 'sys/bus/usb-serial/devices', 'dev', 'proc', 'etc']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const usb = (adapter: FakeAdapter) => join(root, 'sys/devices/usb1', adapter.socket ?? '1-1');
  const plugged = new Map<string, FakeAdapter>();
  return {
    root,
    plug: (adapter) => {
      const { name, interfaceNumber = 0, target } = adapter;
      plugged.set(name, adapter);
      const device = usb(adapter);
      const part = join(device, `${adapter.socket ?? '1-1'}:1.${interfaceNumber}`);
      const port = join(part, name);
      const tty = join(port, 'tty', name);
      mkdirSync(tty, { recursive: true });
      symlinkSync(relative(tty, port), join(tty, 'device'));
      symlinkSync(relative(join(root, 'sys/class/tty'), tty), join(root, 'sys/class/tty', name));
      writeFileSync(join(part, 'bInterfaceNumber'), `${String(interfaceNumber).padStart(2, '0')}\n`);
      const attributes = {
        idVendor: adapter.vendorId ?? '1a86',
        idProduct: adapter.productId ?? '55d3',
        serial: adapter.serialNumber,
        product: adapter.product ?? 'USB Single Serial',
        manufacturer: 'WCH.CN',
      };
      for (const [attribute, value] of Object.entries(attributes)) {
        if (value !== undefined) writeFileSync(join(device, attribute), `${value}\n`);
      }
      if (adapter.latencyTimer !== undefined) {
        writeFileSync(join(port, 'latency_timer'), `${adapter.latencyTimer}\n`);
        symlinkSync(port, join(root, 'sys/bus/usb-serial/devices', name));
      }
      const path = join(root, 'dev', name);
      if (target) symlinkSync(target, path);
      else writeFileSync(path, '');
      return path;
    },
    unplug: (name) => {
      const adapter = plugged.get(name);
      if (!adapter) return;
      plugged.delete(name);
      for (const gone of ['sys/class/tty', 'dev', 'sys/bus/usb-serial/devices']) {
        rmSync(join(root, gone, name), { force: true });
      }
      rmSync(usb(adapter), { recursive: true, force: true });
    },
  };
}
