import { z } from 'zod';
import { FoundMotor } from './servos';

/** A device on a cable, as USB and its own answers tell it from others; never by the name of its port, which changes with every plug. */
export const DeviceIdentity = z.object({
  /** As `deviceKey` gives it; null for an adapter without a serial number of its own. */
  key: z.string().nullable(),
  /** Four hexadecimal digits each, lower case. */
  vendorId: z.string().nullable(),
  productId: z.string().nullable(),
  serialNumber: z.string().nullable(),
  product: z.string().nullable(),
  /** The USB socket, counted from the computer ("1-1.4"), where the system tells. */
  socket: z.string().nullable(),
  /** What answered behind it: motors on a line … */
  motors: z.array(FoundMotor.pick({ driver: true, id: true, model: true })).nullable(),
  /** … or a firmware, by name. */
  firmware: z.string().nullable(),
});
export type DeviceIdentity = z.infer<typeof DeviceIdentity>;

export const PortListing = DeviceIdentity.extend({
  path: z.string(),
  manufacturer: z.string().nullable(),
  /** Programs that have it open, "python3 (process 4711)"; empty where nobody has, or the system does not tell. */
  busyWith: z.array(z.string()),
  /** Firmware name and version once probed, else null. */
  firmware: z.string().nullable(),
  problem: z.string().nullable(),
});
export type PortListing = z.infer<typeof PortListing>;

/** What USB says of the device behind a port. */
export interface UsbDevice {
  vendorId: string | null;
  productId: string | null;
  serialNumber: string | null;
  /** Of an adapter with several ports the one that this is, 0 for the first. */
  interfaceNumber: number;
}

/**
 * A stable name for the device behind a port, the same in every socket and under every port name, and usable as a file name:
 * "usb-1a86-55d3-5A46083045", with "-if01" behind it for the second port of an adapter with several. Null where the device
 * has no serial number of its own: such a device cannot be told from its likes.
 */
export function deviceKey({ vendorId, productId, serialNumber, interfaceNumber }: UsbDevice): string | null {
  if (serialNumber === null || !vendorId || !productId || isNobodys(serialNumber)) return null;
  const serial = serialNumber.replace(
    /[^A-Za-z0-9.-]/g,
    (character) => `_${character.codePointAt(0)?.toString(16).padStart(2, '0')}`,
  );
  const part = interfaceNumber > 0 ? `-if${String(interfaceNumber).padStart(2, '0')}` : '';
  return `usb-${vendorId}-${productId}-${serial}${part}`;
}

/** Serial numbers that whole series leave the factory with ("0001" of CP210x chips, "0123456789ABCDEF", zeros). */
function isNobodys(serialNumber: string): boolean {
  const digits = serialNumber.trim();
  return /^0*[01]?$/.test(digits) || /^(0?123456789?|1234567890)(abcdef)?$/i.test(digits);
}

/** A port of which nothing but its path is known. */
export function barePort(path: string): PortListing {
  return {
    ...{ path, key: null, vendorId: null, productId: null, serialNumber: null, product: null, socket: null },
    ...{ motors: null, firmware: null, manufacturer: null, busyWith: [], problem: null },
  };
}

/** What a port is called, in lists and in errors alike: first what stays when the cable is put into another socket. */
export const portName = ({
  path,
  serialNumber,
}: {
  path: string;
  serialNumber?: string | null | undefined;
}): string => (serialNumber ? `${serialNumber} (${path})` : path);

/** What answered behind a port, as lists show it; null where nobody was asked, or nobody answered. */
export function answerWords({ firmware, motors }: Pick<PortListing, 'firmware' | 'motors'>): string | null {
  if (firmware) return firmware;
  if (!motors || motors.length === 0) return null;
  const models = [...new Set(motors.map(({ model }) => model ?? 'unknown model'))].join(', ');
  const ids = motors.map(({ id }) => id).join(', ');
  return `${motors.length === 1 ? 'motor' : 'motors'} ${ids} (${models})`;
}
