import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeJpeg } from '../../src/main/camera/jpeg';
import { rosPicture } from '../../src/main/camera/outside/ros-picture';
import { decodePicture, pictureSize } from '../../src/main/camera/picture-file';
import { loadRig } from '../../src/main/rig';
import { openPlant } from '../../src/main/rig/drivers/mujoco/plant';
import { builtInRigsFolder } from '../../src/main/rig/files';
import type { Published } from '../../src/main/rig/simulation/rosbridge/topics';
import { robotEyes } from '../../src/main/simulated-device/robot-eyes';
import { mean } from '../../src/shared/statistics';
import { eventually } from '../eventually';
import { folderWith } from '../rig/rig-helpers';
import { RANDOM_MOTION, withTestCore } from './workspace';

/** The door as it comes with Foresight, which holds for nothing that is only late: this computer may be busy. */
async function patientDoor(): Promise<string> {
  const text = await readFile(join(builtInRigsFolder(), 'ur5-rosbridge', 'rig.json'), 'utf8');
  const { safety, ...rest } = JSON.parse(text) as { safety: object };
  const folder = await folderWith({
    'door/rig.json': { ...rest, safety: { ...safety, watchdogSeconds: 30 } },
  });
  await cp(join(builtInRigsFolder(), 'ur5'), join(folder, 'ur5'), { recursive: true });
  return join(folder, 'door');
}

describe('the camera of an arm behind rosbridge', () => {
  it('is found at the server that the arm was connected to, sees it as it stands, and is recorded', async () => {
    const rig = await loadRig('ur5-rosbridge');
    const simulated = await loadRig('ur5');
    const plant = await openPlant(simulated, 0);
    const eyes = (await robotEyes(rig, simulated, plant))!;
    const first = await new Promise<Published>((resolve) => eyes.look(() => true, resolve));
    eyes.dispose();
    plant.dispose();
    await withTestCore(async (core) => {
      await core.rig.connect({ rig: await patientDoor(), port: 'simulated', mode: 'realtime', seed: 0 });
      const cameras = core.rig.requireCameras();
      // Nobody has moved it yet: what is seen differs by the camera's noise.
      const sees = decodeJpeg(rosPicture(first.msg) as Uint8Array).data;
      const newest = await eventually(async () => decodePicture((await cameras.newest('bins'))!).data);
      const off = mean(Array.from(sees, (value, i) => Math.abs(value - newest[i]!)));
      expect(off).toBeLessThan(3);
      await core.rig.resume();
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 8 });
      // No arm is held because its observations were put together of two periods.
      expect(outcome!.summary).toMatchObject({ state: 'complete', steps: 8 });
      const frames = await core.log.frames(outcome!.summary.id, 0, 0, 100);
      expect(frames.length).toBeGreaterThan(1);
      for (const { data } of frames) expect(pictureSize(data)).toEqual({ width: 160, height: 120 });
      expect(Buffer.from(frames.at(-1)!.data).equals(frames[0]!.data)).toBe(false);
    });
  });
});
