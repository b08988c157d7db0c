import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeJpeg } from '../../src/main/camera/jpeg';
import { rosPicture } from '../../src/main/camera/outside/ros-picture';
import { loadRig } from '../../src/main/rig';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { robotEyes } from '../../src/main/simulated-device/robot-eyes';
import type { TopicSource } from '../../src/shared/camera';

async function eyesOf(name: string, change: Partial<TopicSource> = {}) {
  const rig = await loadRig(name);
  for (const { source } of rig.file.cameras) Object.assign(source, change);
  const simulated = await loadRig(rig.file.rosbridge!.simulation!);
  const plant = await openPlant(simulated, 0);
  onTestFinished(() => plant.dispose());
  return robotEyes(rig, simulated, plant);
}

const pixels = (msg: Readonly<Record<string, unknown>>) => decodeJpeg(rosPicture(msg) as Uint8Array);

describe('the eyes of a simulated robot behind rosbridge', () => {
  it.each(['ur5-rosbridge', 'xarm-rosbridge', 'ur5-joints-rosbridge', 'xarm-joints-rosbridge'])(
    'of %s are a topic of JPEG files or of pixels that show the same',
    async (name) => {
      const [compressed] = (await eyesOf(name))!.look(() => true);
      const [raw] = (await eyesOf(name, { type: 'sensor_msgs/Image' }))!.look(() => true);
      expect(compressed).toMatchObject({
        topic: '/camera/color/image_raw/compressed',
        type: 'sensor_msgs/CompressedImage',
        msg: { format: 'jpeg', header: { frame_id: 'bins' } },
      });
      expect(raw?.msg).toMatchObject({ encoding: 'rgb8', width: 320, height: 240, step: 960 });
      const [one, other] = [pixels(compressed!.msg), pixels(raw!.msg)];
      expect([one.width, one.height]).toEqual([320, 240]);
      expect(Buffer.from(one.data).equals(Buffer.from(other.data))).toBe(true);
      expect(new Set(one.data).size).toBeGreaterThan(50);
    },
  );

  it('look only when somebody wants to see, and no more often than the camera does', async () => {
    const eyes = (await eyesOf('ur5-rosbridge'))!;
    expect(eyes.look(() => false)).toEqual([]);
    expect(eyes.look((topic) => topic in eyes.topics)).toHaveLength(1);
    expect(eyes.look(() => true)).toEqual([]);
  });

  it('are none of a robot without cameras', async () => {
    expect(await eyesOf('a1-rosbridge')).toBeUndefined();
  });
});
