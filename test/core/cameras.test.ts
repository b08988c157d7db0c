import { describe, expect, it } from 'vitest';
import { decodePng } from '../../src/main/camera/png';
import { framesSeen } from '../../src/main/camera/seen';
import { SimulatedCameras } from '../../src/main/camera/simulated/cameras';
import { loadRig } from '../../src/main/rig';
import { rejection } from '../rig/rig-helpers';
import { RANDOM_MOTION, withTestCore } from './workspace';

const SEEN = { rig: 'pendulum-camera', mode: 'lockstep', seed: 0 } as const;

describe('an episode on a rig with a camera', () => {
  it('has a picture of each step’s own moment, and the same ones for the same seed', async () => {
    const record = () =>
      withTestCore(async (core) => {
        await core.rig.connect(SEEN);
        const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 12 });
        const { id } = outcome!.summary;
        expect(await core.log.cameras(id)).toEqual([
          { name: 'side', width: 64, height: 64, rate: 20, frames: 13, dropped: 0 },
        ]);
        const { hostSeconds } = await core.log.frameTimes(id, 0);
        const columns = await core.log.columns(id);
        expect([...framesSeen(columns.hostSeconds, hostSeconds)]).toEqual([...Array(13).keys()]);
        return { columns, frames: await core.log.frames(id, 0, 0, 99) };
      });
    const { columns, frames } = await record();
    expect(frames.map(({ sequence }) => sequence)).toEqual([...Array(13).keys()]);

    const cameras = await SimulatedCameras.open(await loadRig('pendulum-camera'));
    for (const [step, { data }] of frames.entries()) {
      const { data: rgb, width, height } = decodePng(data);
      expect([width, height]).toEqual([64, 64]);
      // The pendulum's only joint is its first observation.
      expect(rgb).toEqual(cameras.picture(0, [columns.observations[2 * step]!], 0).rgb);
    }
    cameras.dispose();
    expect((await record()).frames).toEqual(frames);
  });

  it('goes on without pictures when what computes them ends, and says so once', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(SEEN);
      await core.rig.cameras?.terminate();
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 5 });
      const { id, steps, state } = outcome!.summary;
      expect([steps, state]).toEqual([5, 'complete']);
      expect(await core.log.cameras(id)).toMatchObject([{ frames: 0, dropped: 6 }]);
      const events = await core.log.events(id);
      expect(events.map(({ kind }) => kind)).toEqual(['camera']);
      expect(events[0]?.message).toContain(
        'Camera "side" shows nothing: The part of Foresight that computes',
      );
    });
  });
});

describe('what a simulated camera sees now', () => {
  it('is of the rig as it stands, from when it is connected on, and is not computed again while it stands so', async () => {
    await withTestCore(async (core) => {
      await core.rig.connect(SEEN);
      const cameras = core.rig.requireCameras();
      const now = async () => (await cameras.newest('side')) ?? new Uint8Array(0);
      const first = await now();
      expect(decodePng(first)).toMatchObject({ width: 64, height: 64 });
      expect(await now()).toBe(first);
      const [outcome] = await core.activity.record({ ...RANDOM_MOTION, maxSteps: 12 });
      const [last] = await core.log.frames(outcome!.summary.id, 0, 12, 13);
      await expect.poll(async () => decodePng(await now()).data).toEqual(decodePng(last!.data).data);
      expect((await rejection(cameras.newest('front'))).message).toBe(
        'The rig that is connected has no camera "front".',
      );
    });
  });
});
