import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { Host } from '../../../processes/port';
import type { Driver, DriverInfo, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { identityOf } from '../../transport/find-device';
import { findMicrocontroller } from '../../transport/ports';
import { DeviceLink } from './device-link';
import { startSerialDriver } from './driver';
import { askHello } from './hello';

/**
 * Opens a microcontroller on a serial port. The port is, in this order, `options.port`, rig.json's;
 * "auto" looks for the device, "simulated" starts its firmware as a process through `host` ("simulated:stream"
 * and "simulated:pty" choose the link).
 */
export async function openMicrocontroller(
  rig: Rig,
  options: OpenOptions,
  host: Pick<Host, 'spawn'>,
): Promise<Driver> {
  const serial = rig.file.serial;
  if (!serial) {
    throw new ForesightError('wrong-use', `"${rig.file.name}" is no serial rig.`, 'Choose a serial rig.');
  }
  if (options.mode === 'lockstep') {
    throw new ForesightError(
      'wrong-use',
      `"${rig.file.title}" is a device on a serial port: it runs in real time and cannot be stepped.`,
      'Use real time, or the simulated rig in lockstep.',
    );
  }
  const port = options.port ?? serial.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) {
    const { port: place, asked, remark } = await findMicrocontroller(rig, port, options.known ?? null);
    const driver = await startOrClose(rig, asked.link, asked.hello);
    const device = identityOf(place, { firmware: asked.hello.firmware });
    Object.assign(driver.info, { device, remark } satisfies Partial<DriverInfo>);
    return driver;
  }
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const firmware = await startSimulatedFirmware({ rig, link, seed: options.seed }, host);
  try {
    const device = new DeviceLink(await firmware.open());
    return await startOrClose(rig, device, await askHello(device));
  } catch (thrown) {
    firmware.stop();
    throw thrown;
  }
}

async function startOrClose(...device: Parameters<typeof startSerialDriver>): Promise<Driver> {
  try {
    return await startSerialDriver(...device);
  } catch (thrown) {
    await device[1].transport.close();
    throw thrown;
  }
}
