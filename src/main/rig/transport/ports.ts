import { asForesightError, ForesightError } from '../../../shared/errors';
import { type PortListing, portName, type Rig } from '../../../shared/rig';
import { DeviceLink } from '../drivers/microcontroller/device-link';
import { askHello, type Hello } from '../drivers/microcontroller/hello';
import { listed, listPorts, usbPorts } from './port-list';
import { openSerialPort } from './serial-port';

/** A port that was opened and whose device said hello. */
export interface Found {
  link: DeviceLink;
  hello: Hello;
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
  const candidates = usbPorts(ports);
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
