import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { Host } from '../../../processes/port';
import type { Driver, OpenOptions } from '../../driver';
import { startSimulatedFirmware } from '../../simulation/start-firmware';
import { type Patience, RosbridgeConnection } from './connection';
import { startRosbridgeDriver } from './driver';
import { orderTopics, readingTopics } from './orders';

/**
 * Opens a robot behind a rosbridge server. The address is, in this order, `options.port`, rig.json's; "simulated" starts a
 * simulated robot with a server of its own as a process through `host`.
 */
export async function openRosbridge(
  rig: Rig,
  options: OpenOptions,
  host: Pick<Host, 'spawn'>,
  patience?: Patience,
): Promise<Driver> {
  const { rosbridge, periodSeconds, name, title } = rig.file;
  if (!rosbridge) {
    throw new ForesightError('wrong-use', `"${name}" is not behind rosbridge.`, 'Choose another rig.');
  }
  if (options.mode === 'lockstep') {
    throw new ForesightError(
      'wrong-use',
      `"${title}" is a robot behind rosbridge: it runs in real time and cannot be stepped.`,
      'Use real time, or the simulated rig in lockstep.',
    );
  }
  // Half a period: what comes more often than that is older than what comes next.
  const throttleMs = Math.floor(500 * periodSeconds);
  const subscribe = [
    ...Object.entries(rosbridge.topics).map(([topic, type]) => ({ topic, type, throttleMs })),
  ];
  for (const reading of readingTopics(rosbridge)) {
    if (!subscribe.some(({ topic }) => topic === reading.topic))
      subscribe.push({ ...reading, throttleMs: 0 });
  }
  const advertise = [
    ...Object.entries(rosbridge.commands).map(([topic, { type }]) => ({ topic, type })),
    ...orderTopics(rosbridge),
  ];
  const start = async (url: string): Promise<Driver> => {
    const connection = new RosbridgeConnection(url, { subscribe, advertise }, patience);
    await connection.open();
    return startRosbridgeDriver(rig, rosbridge, connection);
  };
  const address = options.port ?? rosbridge.url;
  if (address !== 'simulated') return start(addressOf(address));
  const robot = await startSimulatedFirmware({ rig, link: 'auto', seed: options.seed }, host);
  try {
    const driver = await start(robot.path ?? '');
    const close = driver.close.bind(driver);
    driver.close = async () => {
      await close();
      robot.stop();
    };
    return driver;
  } catch (thrown) {
    robot.stop();
    throw thrown;
  }
}

/** "ws://robot:9090", "robot:9090" or "robot". */
function addressOf(given: string): string {
  const url = /^wss?:\/\//i.test(given) ? given : `ws://${given}${/:\d+$/.test(given) ? '' : ':9090'}`;
  if (URL.canParse(url)) return url;
  throw new ForesightError(
    'wrong-use',
    `"${given}" is no address of a rosbridge server.`,
    'Give one such as ws://192.168.1.20:9090, or "simulated".',
  );
}
