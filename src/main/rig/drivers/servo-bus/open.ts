import { join } from 'node:path';
import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { ServoDriver } from '../../../../shared/servos';
import type { Host } from '../../../processes/port';
import type { Driver, DriverInfo, OpenOptions, SimulatedHand } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { identityOf } from '../../transport/find-device';
import type { Transport } from '../../transport/transport';
import { ServoBus } from './bus';
import { calibratedDevice, SIMULATED_DEVICE } from './calibration/device';
import { CalibrationStore } from './calibration/store';
import { startServoDriver } from './driver';
import { findLine } from './find-line';
import { busMotors } from './motors';
import type { ServoFamily } from './protocol';

/**
 * Opens the motors of a rig on their line. The port is, in this order, `options.port`, rig.json's; "auto" is the device
 * of last time or the only one with these motors, "simulated" starts motors as a process through `host` ("simulated:stream" and "simulated:pty" choose
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
  const store =
    options.dataFolder === undefined ? undefined : new CalibrationStore(options.dataFolder, rig.file.name);
  const start = async (
    transport: Transport,
    { hand, about }: { hand?: SimulatedHand | undefined; about?: Pick<DriverInfo, 'device' | 'remark'> },
  ) => {
    const bus = new ServoBus(transport, family.protocol(motors.map(({ model }) => model)), servos.baudRate);
    try {
      await bus.begin();
      const device = hand ? SIMULATED_DEVICE : calibratedDevice(about?.device?.key, motors);
      return await startServoDriver(rig, servos, bus, motors, { device, store, hand, about });
    } catch (thrown) {
      bus.dispose();
      await transport.close();
      throw thrown;
    }
  };
  const port = options.port ?? servos.port;
  const simulated = /^simulated(?::(pty|stream))?$/.exec(port);
  if (!simulated) {
    const known = options.known ?? null;
    const { port: place, asked, remark } = await findLine({ servos, motors, family, port, known });
    const ids = Object.values(servos.motors).map(({ id, model }) => ({
      ...{ driver: rig.file.driver as ServoDriver, id, model },
    }));
    return start(asked.transport, { about: { device: identityOf(place, { motors: ids }), remark } });
  }
  const link = simulated[1] === 'pty' || simulated[1] === 'stream' ? simulated[1] : 'auto';
  const memory = options.dataFolder && join(options.dataFolder, 'simulated', `${rig.file.name}.json`);
  const process = await startSimulatedFirmware({ rig, link, seed: options.seed, memory }, host);
  try {
    return await start(await process.open(), { hand: process.hand });
  } catch (thrown) {
    process.stop();
    throw thrown;
  }
}
