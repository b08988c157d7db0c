import { asForesightError, ForesightError } from '../../../../shared/errors';
import { type PortListing, portName } from '../../../../shared/ports';
import type { Rig } from '../../../../shared/rig';
import type { Host } from '../../../processes/port';
import type { Driver, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { listed, listPorts, usbPorts } from '../../transport/port-list';
import { openSerialPort } from '../../transport/serial-port';
import type { Transport } from '../../transport/transport';
import { startSpheroDriver } from './driver';
import { SpheroLink } from './link';

/**
 * Opens a Sphero on its serial port. The port is, in this order, `options.port`, rig.json's; "auto" asks every port on a cable (a
 * Bluetooth port is given by its path), "simulated" starts a simulated robot as a process through `host`.
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
  const start = async (transport: Transport) => {
    try {
      return await startSpheroDriver(rig, sphero, new SpheroLink(transport));
    } catch (thrown) {
      await transport.close();
      throw thrown;
    }
  };
  const port = options.port ?? sphero.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) return start(await openPort(port, sphero.baudRate));
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const robot = await startSimulatedFirmware({ rig, link, seed: options.seed }, host);
  try {
    return await start(await robot.open());
  } catch (thrown) {
    robot.stop();
    throw thrown;
  }
}

async function openPort(port: string, baudRate: number): Promise<Transport> {
  const open = (one: PortListing) => openSerialPort(one.path, baudRate, portName(one));
  if (/^(\/|\\\\|COM\d)/i.test(port)) return open(await listed(port));
  const ports = await listPorts();
  if (port !== 'auto')
    return open(ports.find(({ serialNumber }) => serialNumber === port) ?? (await listed(port)));
  const looked: string[] = [];
  for (const candidate of usbPorts(ports)) {
    try {
      const transport = await open(candidate);
      const answer = await new SpheroLink(transport).ask('ping').then(
        () => true,
        () => false,
      );
      if (answer) return transport;
      await transport.close();
      looked.push(`${portName(candidate)}: no answer.`);
    } catch (thrown) {
      looked.push(asForesightError(thrown).message);
    }
  }
  throw new ForesightError(
    'not-found',
    `No Sphero was found: ${looked.length > 0 ? looked.join(' ') : 'no USB serial port is there.'}`,
    'Pair it and give the path of its Bluetooth serial port (for an Ollie that of a BLE bridge), or choose the port "simulated".',
  );
}
