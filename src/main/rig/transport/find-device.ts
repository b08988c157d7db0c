import { asForesightError, ForesightError } from '../../../shared/errors';
import { type DeviceIdentity, type PortListing, portName } from '../../../shared/ports';
import { listed, listPorts, usbPorts } from './port-list';

/** A port that was opened, and what is behind it. Whoever is not chosen is closed again. */
export interface Asked {
  /** What is wanted is there. */
  fits: boolean;
  /** What is there, a sentence; needed of those that do not fit. */
  words: string;
  close(): Promise<void>;
}

export interface DeviceSearch<A extends Asked> {
  /** A path, a USB serial number, a device key, or "auto": the device of last time, or the only one that fits. */
  port: string;
  /** What is looked for, as it stands behind "No port has": "these 6 motors", "a device with the firmware "x"". */
  wanted: string;
  /** What may be used instead, as it stands behind "or". */
  otherwise: string;
  /** The device that the rig was connected to last. */
  known: DeviceIdentity | null;
  /** Opens a port and asks who is there. Rejects where it cannot be opened. */
  ask(port: PortListing): Promise<A>;
  list?: (() => Promise<PortListing[]>) | undefined;
}

export interface FoundDevice<A> {
  port: PortListing;
  asked: A;
  /** What whoever connects should know: that it is another device than last time, or that nobody can tell. */
  remark: string | null;
}

/**
 * Finds the device of a rig by what it is, not by the name of its port. What cannot be told apart is never chosen silently: a
 * sentence says what to do.
 * @throws ForesightError not-found, rig-refused (several, or another one than last time), or why a port did not open
 */
export async function findDevice<A extends Asked>(search: DeviceSearch<A>): Promise<FoundDevice<A>> {
  const { port, known, list = listPorts } = search;
  if (isPath(port)) return openGiven(search, await listed(port, list));
  const ports = await list();
  if (port !== 'auto') {
    const named = ports.filter((one) => one.serialNumber === port || one.key === port);
    if (named.length > 1) throw sameSerial(port, named);
    if (named[0]) return openGiven(search, named[0]);
    if (port.startsWith('usb-')) throw notPlugged(port);
    return openGiven(search, await listed(port, list));
  }
  if (known?.key) {
    const same = ports.filter(({ key }) => key === known.key);
    if (same.length > 1) throw sameSerial(known.serialNumber ?? known.key, same);
    if (same[0]) return openRemembered(search, same[0]);
  }
  return openOnlyOne(search, ports);
}

/** What can be told apart is not opened at all. */
async function openRemembered<A extends Asked>(
  search: DeviceSearch<A>,
  port: PortListing,
): Promise<FoundDevice<A>> {
  const asked = await search.ask(port);
  if (asked.fits) return { port, asked, remark: null };
  await asked.close();
  throw new ForesightError(
    'not-found',
    `${portName(port)} is the device that this rig was connected to last, but behind it is not what was there. ${asked.words}`,
    'Switch the robot on and check its cables; or choose another port, if it hangs on another one now.',
  );
}

/** A person has chosen this port. */
async function openGiven<A extends Asked>(
  search: DeviceSearch<A>,
  port: PortListing,
): Promise<FoundDevice<A>> {
  return { port, asked: await search.ask(port), remark: remarkOn(port, search.known) };
}

function remarkOn(port: PortListing, known: DeviceIdentity | null): string | null {
  if (!known || (known.key === null && known.vendorId === null)) return null;
  if (known.key !== null && known.key !== port.key) {
    return `${portName(port)} is another device than last time (${identityName(known)}); from now on this rig is that one.`;
  }
  if (known.key === null && port.key === null && !sameSocket(port, known)) {
    return `Neither ${portName(port)} nor the device of last time has a serial number of its own: whether it is the same robot is not known.`;
  }
  return null;
}

async function openOnlyOne<A extends Asked>(
  search: DeviceSearch<A>,
  ports: readonly PortListing[],
): Promise<FoundDevice<A>> {
  const looked = await Promise.all(
    usbPorts(ports).map(async (port) => {
      try {
        return { port, asked: await search.ask(port) };
      } catch (thrown) {
        return asForesightError(thrown).message;
      }
    }),
  );
  const opened = looked.filter((one) => typeof one !== 'string');
  const fitting = opened.filter(({ asked }) => asked.fits);
  const choice = choose(
    fitting.map(({ port }) => port),
    search.known,
    search.wanted,
  );
  const chosen = fitting.find(({ port }) => port === choice.port);
  await Promise.all(opened.filter((one) => one !== chosen).map(({ asked }) => asked.close()));
  if (chosen) return { ...chosen, remark: choice.remark ?? null };
  if (choice.refused) throw choice.refused;
  const words = looked.map((one) => (typeof one === 'string' ? one : one.asked.words));
  const last = search.known ? ` This rig was connected to ${identityName(search.known)} last.` : '';
  throw new ForesightError(
    'not-found',
    `No port has ${search.wanted}: ${words.length > 0 ? words.join(' ') : 'no USB serial port is there.'}${last}`,
    `Plug the device in and switch it on, or ${search.otherwise}.`,
  );
}

interface Choice {
  port?: PortListing | undefined;
  remark?: string;
  refused?: ForesightError;
}

/** Which of the ports behind which everything fits is the rig's: all that is decided without a person. */
export function choose(
  fitting: readonly PortListing[],
  known: DeviceIdentity | null,
  wanted: string,
): Choice {
  const names = fitting.map(portName).join(', ');
  if (fitting.length === 0) return {};
  if (known === null) {
    return fitting.length === 1 ? { port: fitting[0] } : { refused: several(fitting, names, wanted) };
  }
  // One with the key of last time was looked for before.
  const likes = fitting.filter(
    (port) =>
      known.key === null &&
      port.key === null &&
      port.vendorId === known.vendorId &&
      port.productId === known.productId,
  );
  const [like] = likes;
  if (likes.length > 1) return { refused: several(likes, names, wanted) };
  if (!like) return { refused: another(known, names) };
  if (sameSocket(like, known)) return { port: like };
  if (like.socket !== null && known.socket !== null) return { refused: moved(like, known) };
  return {
    port: like,
    remark: `${portName(like)} has no serial number of its own: whether it is the robot of last time is not known.`,
  };
}

function several(ports: readonly PortListing[], names: string, wanted: string): ForesightError {
  const blind = ports.some(({ key }) => key === null)
    ? ' Devices without a serial number of their own cannot be told apart.'
    : '';
  return new ForesightError(
    'rig-refused',
    `${ports.length} ports have ${wanted}: ${names}.${blind}`,
    'Choose the port of the one that is meant, by its serial number where it has one, or unplug the others.',
  );
}

function another(known: DeviceIdentity, names: string): ForesightError {
  return new ForesightError(
    'rig-refused',
    `This rig was connected to ${identityName(known)} last, which is not plugged in. The same answers on ${names}, which is another device.`,
    'Plug in the device of last time; or choose this port by hand, if it is meant.',
  );
}

function moved(port: PortListing, known: DeviceIdentity): ForesightError {
  return new ForesightError(
    'rig-refused',
    `The device of last time has no serial number of its own and was in the USB socket ${known.socket}; one of its kind is in ${port.socket} now (${port.path}). Whether it is the same robot cannot be told.`,
    'Look at the robot, then choose this port by hand; or put the cable into the socket where it was.',
  );
}

function sameSerial(serialNumber: string, ports: readonly PortListing[]): ForesightError {
  const paths = ports.map(({ path }) => path).join(', ');
  return new ForesightError(
    'rig-refused',
    `${ports.length} devices say that they have the serial number ${serialNumber}: ${paths}. They cannot be told apart.`,
    'Unplug all but the one that is meant, or choose its port by hand.',
  );
}

function notPlugged(key: string): ForesightError {
  return new ForesightError(
    'not-found',
    `The device ${key} is not plugged in.`,
    'Plug it in, or choose another port from the list.',
  );
}

function sameSocket(port: PortListing, known: DeviceIdentity): boolean {
  return port.socket !== null && port.socket === known.socket;
}

/** A device that may not be plugged in, as a sentence names it. */
export function identityName({ product, serialNumber, socket, vendorId, productId }: DeviceIdentity): string {
  const what = product ?? (vendorId ? `the USB device ${vendorId}:${productId ?? '?'}` : 'a device');
  if (serialNumber) return `${what} ${serialNumber}`;
  return socket ? `${what} without a serial number, in the USB socket ${socket}` : what;
}

/** Which device it is, of a port and of what has answered behind it. */
export function identityOf(
  { key, vendorId, productId, serialNumber, product, socket }: PortListing,
  behind: Partial<Pick<DeviceIdentity, 'motors' | 'firmware'>>,
): DeviceIdentity {
  return {
    ...{ key, vendorId, productId, serialNumber, product, socket, motors: null, firmware: null },
    ...behind,
  };
}

function isPath(port: string): boolean {
  return /^(\/|\\\\|COM\d)/i.test(port);
}
