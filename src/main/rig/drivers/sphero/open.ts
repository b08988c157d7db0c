import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { Host } from '../../../processes/port';
import type { Driver, DriverInfo, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { identityOf } from '../../transport/find-device';
import { findTransport } from '../../transport/find-transport';
import type { Transport } from '../../transport/transport';
import { startSpheroDriver } from './driver';
import { SpheroLink } from './link';

/**
 * Opens a Sphero on its serial port. The port is, in this order, `options.port`, rig.json's; "auto" is the device of last time or asks
 * every port on a cable (a Bluetooth port is given by its path), "simulated" starts a simulated robot as a process through `host`.
 */
export async function openSphero(rig: Rig, options: OpenOptions, host: Pick<Host, 'spawn'>): Promise<Driver> {
  const { sphero, title, name } = rig.file;
  if (!sphero) throw new ForesightError('wrong-use', `"${name}" is no Sphero.`, 'Choose another rig.');
  if (options.mode === 'lockstep') {
    throw new ForesightError(
      'wrong-use',
      `"${title}" is a robot on a serial port: it runs in real time and cannot be stepped.`,
      'Use real time, or the simulated rig in lockstep.',
    );
  }
  const start = async (transport: Transport, about?: Pick<DriverInfo, 'device' | 'remark'>) => {
    try {
      return await startSpheroDriver(rig, sphero, new SpheroLink(transport), about);
    } catch (thrown) {
      await transport.close();
      throw thrown;
    }
  };
  const port = options.port ?? sphero.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) {
    const {
      port: place,
      asked,
      remark,
    } = await findTransport({
      ...{ port, known: options.known ?? null, baudRate: sphero.baudRate, answers },
      wanted: 'a Sphero',
      otherwise:
        'give the path of its Bluetooth serial port (for an Ollie that of a BLE bridge), or choose the port "simulated"',
    });
    return start(asked.transport, { device: identityOf(place, {}), remark });
  }
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const robot = await startSimulatedFirmware({ rig, link, seed: options.seed }, host);
  try {
    return await start(await robot.open());
  } catch (thrown) {
    robot.stop();
    throw thrown;
  }
}

/** A Sphero says no name of its own to whoever pings it: what answers its packets is one. */
async function answers(transport: Transport): Promise<boolean> {
  const link = new SpheroLink(transport);
  try {
    await link.ask('ping');
    return true;
  } catch {
    return false;
  } finally {
    link.dispose();
  }
}
