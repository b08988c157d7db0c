import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeJpeg } from '../../src/main/camera/jpeg';
import { rosPicture } from '../../src/main/camera/outside/ros-picture';
import { loadRig } from '../../src/main/rig';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import type { Published, RobotEyes } from '../../src/main/rig/simulation/rosbridge/topics';
import { robotEyes } from '../../src/main/simulated-device/robot-eyes';
import type { TopicSource } from '../../src/shared/camera';
import { eventually } from '../eventually';

async function eyesOf(name: string, change: Partial<TopicSource> = {}, rate?: number) {
  const rig = await loadRig(name);
  for (const camera of rig.file.cameras) {
    Object.assign(camera.source, change);
    camera.rate = rate ?? camera.rate;
  }
  const simulated = await loadRig(rig.file.rosbridge!.simulation!);
  const plant = await openPlant(simulated, 0);
  onTestFinished(() => plant.dispose());
  const eyes = await robotEyes(rig, simulated, plant);
  onTestFinished(() => eyes?.dispose());
  return eyes;
}

const picture = (eyes: RobotEyes) => new Promise<Published>((resolve) => eyes.look(() => true, resolve));

const pixels = (msg: Readonly<Record<string, unknown>>) => decodeJpeg(rosPicture(msg) as Uint8Array);

describe('the eyes of a simulated robot behind rosbridge', () => {
  it.each(['ur5-rosbridge', 'xarm-rosbridge', 'ur5-joints-rosbridge', 'xarm-joints-rosbridge'])(
    'of %s are a topic of JPEG files or of pixels that show the same',
    async (name) => {
      const compressed = await picture((await eyesOf(name))!);
      const raw = await picture((await eyesOf(name, { type: 'sensor_msgs/Image' }))!);
      expect(compressed).toMatchObject({
        topic: '/camera/color/image_raw/compressed',
        type: 'sensor_msgs/CompressedImage',
        msg: { format: 'jpeg', header: { frame_id: 'bins' } },
      });
      expect(raw.msg).toMatchObject({ encoding: 'rgb8', width: 160, height: 120, step: 480 });
      const [one, other] = [pixels(compressed.msg), pixels(raw.msg)];
      expect([one.width, one.height]).toEqual([160, 120]);
      expect(Buffer.from(one.data).equals(Buffer.from(other.data))).toBe(true);
      expect(new Set(one.data).size).toBeGreaterThan(50);
    },
  );

  it('look only when somebody wants to see, and no more often than the camera does', async () => {
    const eyes = (await eyesOf('ur5-rosbridge', {}, 0.001))!;
    const seen: Published[] = [];
    const note = (message: Published) => void seen.push(message);
    eyes.look(() => false, note);
    eyes.look((topic) => topic in eyes.topics, note);
    eyes.look(() => true, note);
    await eventually(() => expect(seen).toHaveLength(1));
    eyes.look(() => true, note);
    // Others have seen something meanwhile.
    await picture((await eyesOf('ur5-rosbridge'))!);
    expect(seen).toHaveLength(1);
  });

  it('are none of a robot without cameras', async () => {
    expect(await eyesOf('a1-rosbridge')).toBeUndefined();
  });
});
