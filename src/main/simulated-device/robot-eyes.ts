import { encode } from 'jpeg-js';
import { isSimulated, type SimulatedCamera, type TopicSource } from '../../shared/camera';
import type { Rig } from '../../shared/rig';
import { type Picture, SimulatedCameras } from '../camera/simulated/cameras';
import { hostSeconds } from '../rig/clock';
import type { Plant } from '../rig/drivers/mujoco/plant';
import type { Message } from '../rig/drivers/rosbridge/fields';
import { headerNow, type RobotEyes } from '../rig/simulation/rosbridge/topics';

/** Of JPEG files, as image_transport of ROS has it. */
const QUALITY = 95;
/** A picture is due so much of its period early: the steps that it comes with are not on time to the millisecond. */
const EARLY = 0.1;

interface Eye {
  source: TopicSource;
  /** Of the simulated rig, with the form of the robot's. */
  camera: SimulatedCamera;
  lookedAt: number;
}

/**
 * The cameras of a robot behind rosbridge, seen through those of the simulated rig that have the same names; undefined where there is
 * none. One ray a pixel: pictures of real cameras are large.
 */
export async function robotEyes(
  { file: { cameras } }: Rig,
  simulated: Rig,
  plant: Pick<Plant, 'state'>,
): Promise<RobotEyes | undefined> {
  const eyes = cameras.flatMap(({ name, width, height, rate, source }): Eye[] => {
    const own = simulated.file.cameras.filter(isSimulated).find((camera) => camera.name === name);
    if (!own || source.kind !== 'rosbridge') return [];
    const seen = { ...own.source, raysPerPixel: 1 as const, depth: false };
    return [{ source, camera: { ...own, width, height, rate, source: seen }, lookedAt: -Infinity }];
  });
  if (eyes.length === 0) return undefined;
  const file = { ...simulated.file, cameras: eyes.map(({ camera }) => camera) };
  const sight = await SimulatedCameras.open({ ...simulated, file });
  let pictures = 0;
  return {
    topics: Object.fromEntries(eyes.map(({ source }) => [source.topic, source.type])),
    look: (isWanted) => {
      const now = hostSeconds();
      return eyes.flatMap((eye, place) => {
        const { source, camera } = eye;
        if (!isWanted(source.topic) || now - eye.lookedAt < (1 - EARLY) / camera.rate) return [];
        eye.lookedAt = now;
        const picture = sight.picture(place, plant.state().positions, pictures++);
        const msg = { header: headerNow(camera.name), ...inMessage(picture, source.type) };
        return [{ topic: source.topic, type: source.type, msg }];
      });
    },
  };
}

function inMessage({ rgb, width, height }: Picture, type: TopicSource['type']): Message {
  if (type === 'sensor_msgs/Image') {
    const data = Buffer.from(rgb).toString('base64');
    return { height, width, encoding: 'rgb8', is_bigendian: 0, step: 3 * width, data };
  }
  const rgba = new Uint8Array(4 * width * height).fill(0xff);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4)
    rgba.set(rgb.subarray(from, from + 3), to);
  return { format: 'jpeg', data: encode({ data: rgba, width, height }, QUALITY).data.toString('base64') };
}
