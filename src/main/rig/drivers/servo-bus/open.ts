import { asForesightError, ForesightError } from '../../../../shared/errors';
import { portName, type Rig } from '../../../../shared/rig';
import type { ServoOptions } from '../../../../shared/servos';
import type { Host } from '../../../processes/port';
import type { Driver, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { listed, listPorts, usbPorts } from '../../transport/port-list';
import { openSerialPort } from '../../transport/serial-port';
import type { Transport } from '../../transport/transport';
import { ServoBus } from './bus';
import { startServoDriver } from './driver';
import { type BusMotor, busMotors } from './motors';
import type { ServoFamily } from './protocol';

/**
 * Opens the motors of a rig on their line. The port is, in this order, `options.port`, rig.json's; "auto" asks every USB
 * port for the motors, "simulated" starts motors as a process through `host` ("simulated:stream" and "simulated:pty" choose
 * the link).
 */
export async function openServos(
  rig: Rig,
  options: OpenOptions,
  host: Pick<Host, 'spawn'>,
  family: ServoFamily,
): Promise<Driver> {
  const { servos } = rig.file;
  if (!servos)
    throw new ForesightError('wrong-use', `"${rig.file.name}" has no motors.`, 'Choose another rig.');
  if (options.mode === 'lockstep') {
    throw new ForesightError(
      'wrong-use',
      `"${rig.file.title}" has motors on a serial port: it runs in real time and cannot be stepped.`,
      'Use real time, or a simulated rig in lockstep.',
    );
  }
  const motors = busMotors(rig.file, family);
  const start = async (transport: Transport) => {
    const bus = new ServoBus(transport, family.protocol(motors.map(({ model }) => model)), servos.baudRate);
    try {
      await bus.begin();
      return await startServoDriver(rig, servos, bus, motors);
    } catch (thrown) {
      bus.dispose();
      await transport.close();
      throw thrown;
    }
  };
  const port = options.port ?? servos.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) return start(await openPort(servos, motors, family, port));
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const process = await startSimulatedFirmware({ rig, link, seed: options.seed }, host);
  try {
    return await start(await process.open());
  } catch (thrown) {
    process.stop();
    throw thrown;
  }
}

async function openPort(
  servos: ServoOptions,
  motors: readonly BusMotor[],
  family: ServoFamily,
  port: string,
): Promise<Transport> {
  const open = (one: Parameters<typeof portName>[0] & { path: string }) =>
    openSerialPort(one.path, servos.baudRate, portName(one));
  if (/^(\/|\\\\|COM\d)/i.test(port)) return open(await listed(port));
  const ports = await listPorts();
  if (port !== 'auto')
    return open(ports.find(({ serialNumber }) => serialNumber === port) ?? (await listed(port)));
  const looked = await Promise.all(
    usbPorts(ports).map(async (candidate) => {
      try {
        const transport = await open(candidate);
        return { transport, answering: await countAnswering(transport, servos, motors, family) };
      } catch (thrown) {
        return asForesightError(thrown).message;
      }
    }),
  );
  const opened = looked.filter((one) => typeof one !== 'string');
  const complete = opened.filter(({ answering }) => answering === motors.length);
  const [only, ...others] = complete;
  const chosen = others.length === 0 ? only : undefined;
  await Promise.all(opened.filter((one) => one !== chosen).map(({ transport }) => transport.close()));
  if (chosen) return chosen.transport;
  if (complete.length > 1) {
    const where = complete.map(({ transport }) => transport.description).join(', ');
    throw new ForesightError(
      'rig-refused',
      `${complete.length} ports have ${motors.length} such motors: ${where}.`,
      'Give the port or the USB serial number of the one that is meant.',
    );
  }
  const found = looked.map((one) =>
    typeof one === 'string'
      ? one
      : `${one.transport.description}: ${one.answering} of ${motors.length} motors answer.`,
  );
  throw new ForesightError(
    'not-found',
    `No port has these ${motors.length} motors: ${found.length > 0 ? found.join(' ') : 'no USB serial port is there.'}`,
    'Plug the adapter in and switch the motors on, or choose the port "simulated" to use simulated motors.',
  );
}

/** Of the rig's motors, those that answer a ping here. */
async function countAnswering(
  transport: Transport,
  { baudRate }: ServoOptions,
  motors: readonly BusMotor[],
  family: ServoFamily,
): Promise<number> {
  const bus = new ServoBus(transport, family.protocol(motors.map(({ model }) => model)), baudRate);
  try {
    await bus.begin();
    let answering = 0;
    for (const { id } of motors) answering += (await bus.ping(id, { attempts: 2 })) ? 1 : 0;
    return answering;
  } finally {
    bus.dispose();
  }
}
