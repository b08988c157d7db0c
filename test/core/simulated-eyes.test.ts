import { describe, expect, it } from 'vitest';
import type { CameraThread } from '../../src/main/camera/thread/camera-thread';
import type { TickMessage } from '../../src/main/control/messages';
import { SimulatedEyes } from '../../src/main/core/cameras/simulated-eyes';
import type { LoggedFrame } from '../../src/main/log/types';
import { Camera } from '../../src/shared/camera';
import type { EpisodeEvent } from '../../src/shared/episode';
import { ForesightError } from '../../src/shared/errors';

const camera = (rate: number) =>
  Camera.parse({ name: 'side', width: 8, height: 8, rate, source: { kind: 'simulated', camera: '#0' } });

/** A camera of an episode whose pictures come when the test says so. */
function watched(rate: number, mode: 'realtime' | 'lockstep') {
  const asked: { resolve(png: Uint8Array): void; reject(error: unknown): void }[] = [];
  const thread: Pick<CameraThread, 'picture'> = {
    picture: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
  };
  const frames: LoggedFrame[] = [];
  const events: EpisodeEvent[] = [];
  let dropped = 0;
  const cameras = new SimulatedEyes(thread, {
    ...{ episode: 1, cameras: [camera(rate)], seed: 0, mode },
    log: {
      appendFrames: (_, more, missing) => {
        frames.push(...more);
        dropped += missing.length;
      },
    },
    note: (event) => events.push(event),
  });
  const see = (step: number, seconds = step * 0.1) =>
    cameras.see({ step, hostSeconds: seconds, deviceSeconds: seconds, pose: [0] } as TickMessage);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { cameras, see, asked, frames, events, settle, dropped: () => dropped };
}
const PNG = Uint8Array.of(1);

describe('the cameras of an episode', () => {
  it('take their own rate from a faster rig, and number their pictures by it', async () => {
    const { see, asked, frames, settle } = watched(5, 'lockstep');
    for (let step = 0; step < 7; step++) see(step);
    for (const { resolve } of asked) resolve(PNG);
    await settle();
    expect(frames.map(({ sequence, hostSeconds }) => [sequence, hostSeconds])).toEqual([
      [0, 0],
      [1, 0.2],
      [2, 0.4],
      [3, 0.6000000000000001],
    ]);
  });

  it('leave a gap and count it where no step fell into a camera’s period', async () => {
    const { see, asked, frames, settle, dropped } = watched(10, 'realtime');
    see(0);
    see(1, 0.31);
    for (const { resolve } of asked) resolve(PNG);
    await settle();
    expect(frames.map(({ sequence }) => sequence)).toEqual([0, 3]);
    expect(dropped()).toBe(2);
  });

  it('drop what comes while two pictures are owed, say so once, and say when they see again', async () => {
    const { see, asked, frames, events, settle, dropped } = watched(10, 'realtime');
    for (let step = 0; step < 5; step++) see(step);
    expect(asked.length).toBe(2);
    expect(dropped()).toBe(3);
    expect(events).toEqual([
      {
        step: 2,
        kind: 'camera',
        message:
          'Camera "side" shows nothing: it owes 2 pictures. Pictures are missing from here on, none is repeated.',
      },
    ]);
    for (const { resolve } of asked) resolve(PNG);
    await settle();
    expect(frames.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(events.at(-1)?.message).toBe('Camera "side" sees again.');
    see(5);
    expect(asked.length).toBe(3);
  });

  it('are waited for in lockstep when they are far behind, and drop nothing', async () => {
    const { cameras, see, asked, settle, dropped } = watched(10, 'lockstep');
    for (let step = 0; step < 7; step++) see(step);
    expect(cameras.behind).toBeUndefined();
    see(7);
    const { behind } = cameras;
    expect(behind).toBeDefined();
    for (const { resolve } of asked) resolve(PNG);
    await behind;
    await settle();
    expect(cameras.behind).toBeUndefined();
    expect(dropped()).toBe(0);
  });

  it('say what ended them, and the episode goes on without', async () => {
    const { cameras, see, asked, events, settle, dropped } = watched(10, 'realtime');
    see(0);
    asked[0]!.reject(new ForesightError('internal', 'The thread is gone.', 'Connect again.'));
    await settle();
    expect(events[0]?.message).toContain('Camera "side" shows nothing: The thread is gone.');
    see(1);
    asked[1]!.reject(new ForesightError('internal', 'The thread is gone.', 'Connect again.'));
    await settle();
    expect(events.length).toBe(1);
    expect(dropped()).toBe(2);
    await cameras.close();
  });
});
