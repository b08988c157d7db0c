import { encode } from 'jpeg-js';
import { isSimulated, type SimulatedCamera, type TopicSource } from '../../shared/camera';
import type { Rig } from '../../shared/rig';
import { decodePng, type Pixels } from '../camera/png';
import { CLEAR } from '../camera/simulated/conditions';
import { CameraThread } from '../camera/thread/camera-thread';
import { hostSeconds } from '../rig/clock';
import type { Plant } from '../rig/drivers/mujoco/plant';
import type { Message } from '../rig/drivers/rosbridge/fields';
import { headerNow, type RobotEyes } from '../rig/simulation/rosbridge/topics';

/** Of JPEG files, as image_transport of ROS has it. */
const QUALITY = 95;
/** Of 255: no real camera sends the same picture twice, and one that does is taken for frozen. */
const LEAST_NOISE = 1;
/** A picture is due so much of its period early: the steps that it comes with are not on time to the millisecond. */
const EARLY = 0.1;

interface Eye {
  source: TopicSource;
  /** Of the simulated rig, with the form of the robot's. */
  camera: SimulatedCamera;
  lookedAt: number;
  /** What it looked at last is not there yet. */
  isLooking: boolean;
}

/**
 * The cameras of a robot behind rosbridge, seen through those of the simulated rig that have the same names; undefined where there is
 * none. One ray a pixel: pictures of real cameras are large. They are computed in a thread of their own, so that the robot goes on meanwhile.
 */
export async function robotEyes(
  { file: { cameras } }: Rig,
  simulated: Rig,
  plant: Pick<Plant, 'state'>,
): Promise<RobotEyes | undefined> {
  const eyes = cameras.flatMap(({ name, width, height, rate, source }): Eye[] => {
    const own = simulated.file.cameras.filter(isSimulated).find((camera) => camera.name === name);
    if (!own || source.kind !== 'rosbridge') return [];
    const { noise } = own.source;
    const seen = {
      ...own.source,
      raysPerPixel: 1 as const,
      depth: false,
      noise: Math.max(noise, LEAST_NOISE),
    };
    return [
      {
        source,
        camera: { ...own, width, height, rate, source: seen },
        lookedAt: -Infinity,
        isLooking: false,
      },
    ];
  });
  if (eyes.length === 0) return undefined;
  const file = { ...simulated.file, cameras: eyes.map(({ camera }) => camera) };
  const thread = await CameraThread.open({ ...simulated, file });
  let pictures = 0;
  return {
    topics: Object.fromEntries(eyes.map(({ source }) => [source.topic, source.type])),
    look: (isWanted, seen) => {
      const now = hostSeconds();
      for (const [place, eye] of eyes.entries()) {
        const { source, camera, lookedAt, isLooking } = eye;
        if (isLooking || !isWanted(source.topic) || now - lookedAt < (1 - EARLY) / camera.rate) continue;
        Object.assign(eye, { lookedAt: now, isLooking: true });
        const { topic, type } = source;
        const header = headerNow(camera.name);
        thread
          .picture(place, [...plant.state().positions], pictures++, CLEAR)
          .then((png) => seen({ topic, type, msg: { header, ...inMessage(decodePng(png), type) } }))
          // A thread that has ended leaves its cameras without pictures, as one does whose cable is out.
          .catch(() => {})
          .finally(() => {
            eye.isLooking = false;
          });
      }
    },
    dispose: () => void thread.terminate(),
  };
}

function inMessage({ data: rgb, width, height }: Pixels, type: TopicSource['type']): Message {
  if (type === 'sensor_msgs/Image') {
    const pixels = Buffer.from(rgb).toString('base64');
    return { height, width, encoding: 'rgb8', is_bigendian: 0, step: 3 * width, data: pixels };
  }
  const rgba = new Uint8Array(4 * width * height).fill(0xff);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4)
    rgba.set(rgb.subarray(from, from + 3), to);
  return { format: 'jpeg', data: encode({ data: rgba, width, height }, QUALITY).data.toString('base64') };
}
