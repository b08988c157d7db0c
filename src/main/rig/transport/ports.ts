import { ForesightError } from '../../../shared/errors';
import { type DeviceIdentity, type PortListing, portName } from '../../../shared/ports';
import type { Rig } from '../../../shared/rig';
import { DeviceLink } from '../drivers/microcontroller/device-link';
import { askHello, type Hello } from '../drivers/microcontroller/hello';
import { type Asked, type FoundDevice, findDevice } from './find-device';
import { openSerialPort } from './serial-port';

/** A port that was opened and whose device said hello. */
interface Greeted {
  link: DeviceLink;
  hello: Hello;
}

/** The name and version of the firmware behind a port. Rejects as `openSerialPort` and `askHello`. */
export async function probeFirmware(port: PortListing, baudRate: number): Promise<string> {
  const { link, hello } = await connectPort(port, baudRate);
  await link.transport.close();
  return `${hello.firmware} ${hello.firmwareVersion}`;
}

/** Opens a port and waits for its device's hello. */
async function connectPort(port: PortListing, baudRate: number): Promise<Greeted> {
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
 * Finds a rig's microcontroller. `port` is a path, a USB serial number, a device key, or "auto": the device of last time, or the
 * only one whose hello names the rig's firmware.
 */
export function findMicrocontroller(
  rig: Rig,
  port: string,
  known: DeviceIdentity | null,
): Promise<FoundDevice<Greeted & Asked>> {
  const serial = rig.file.serial;
  if (!serial)
    throw new ForesightError('wrong-use', `"${rig.file.name}" is no serial rig.`, 'Choose a serial rig.');
  return findDevice({
    ...{ port, known },
    wanted: `a device with the firmware "${serial.firmware}"`,
    otherwise: 'choose the port "simulated" to use the simulated firmware',
    ask: async (candidate) => {
      const { link, hello } = await connectPort(candidate, serial.baudRate);
      return {
        ...{ link, hello, fits: hello.firmware === serial.firmware },
        words: `${link.transport.description} runs "${hello.firmware}".`,
        close: () => link.transport.close(),
      };
    },
  });
}
