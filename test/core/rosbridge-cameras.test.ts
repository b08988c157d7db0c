import { describe, expect, it } from 'vitest';
import { rosPicture } from '../../src/main/camera/outside/ros-picture';
import { pictureSize } from '../../src/main/camera/picture-file';
import { loadRig } from '../../src/main/rig';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { robotEyes } from '../../src/main/simulated-device/robot-eyes';
import { eventually } from '../eventually';
import { RANDOM_MOTION, withTestCore } from './workspace';

describe('the camera of an arm behind rosbridge', () => {
  it('is found at the server that the arm was connected to, sees it as it stands, and is recorded', async () => {
    const rig = await loadRig('ur5-rosbridge');
    const simulated = await loadRig('ur5');
    const plant = await openPlant(simulated, 0);
    const [first] = (await robotEyes(rig, simulated, plant))!.look(() => true);
    plant.dispose();
    await withTestCore(async (core) => {
      await core.rig.connect({ rig: 'ur5-rosbridge', port: 'simulated', mode: 'realtime', seed: 0 });
      const cameras = core.rig.requireCameras();
      // Nobody has moved it yet.
      const sees = Buffer.from(rosPicture(first!.msg) as Uint8Array);
      await eventually(async () => expect(sees.equals((await cameras.newest('bins'))!)).toBe(true));
      await core.rig.resume();
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 8 });
      const frames = await core.log.frames(outcome!.summary.id, 0, 0, 100);
      expect(frames.length).toBeGreaterThan(1);
      for (const { data } of frames) expect(pictureSize(data)).toEqual({ width: 320, height: 240 });
      expect(Buffer.from(frames.at(-1)!.data).equals(frames[0]!.data)).toBe(false);
    });
  });
});
