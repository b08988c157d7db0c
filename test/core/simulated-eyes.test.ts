import { describe, expect, it } from 'vitest';
import type { Conditions } from '../../src/main/camera/simulated/conditions';
import type { CameraThread } from '../../src/main/camera/thread/camera-thread';
import type { TickMessage } from '../../src/main/control/messages';
import { SimulatedEyes } from '../../src/main/core/cameras/simulated-eyes';
import type { LoggedFrame } from '../../src/main/log/types';
import { Camera } from '../../src/shared/camera';
import type { EpisodeEvent } from '../../src/shared/episode';
import { ForesightError } from '../../src/shared/errors';

const camera = (rate: number, source: object = {}) =>
  Camera.parse({
    ...{ name: 'side', width: 8, height: 8, rate },
    source: { kind: 'simulated', camera: '#0', ...source },
  });

/** A camera of an episode whose pictures come when the test says so. */
function watched(rate: number, mode: 'realtime' | 'lockstep', source: object = {}, seed = 0) {
  const asked: {
    resolve(png: Uint8Array): void;
    reject(error: unknown): void;
    pose: readonly number[];
    conditions: Conditions;
  }[] = [];
  const thread: Pick<CameraThread, 'picture'> = {
    picture: (_camera, pose, _seed, conditions) =>
      new Promise((resolve, reject) => asked.push({ resolve, reject, pose, conditions })),
  };
  const frames: LoggedFrame[] = [];
  const events: EpisodeEvent[] = [];
  let dropped = 0;
  const cameras = new SimulatedEyes(thread, {
    ...{ episode: 1, cameras: [camera(rate, source)], seed, mode },
    log: {
      appendFrames: (_, more, missing) => {
        frames.push(...more);
        dropped += missing.length;
      },
    },
    note: (event) => events.push(event),
  });
  const see = (step: number, seconds = step * 0.1) =>
    cameras.see({ step, hostSeconds: seconds, deviceSeconds: seconds, pose: [step] } as TickMessage);
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

describe('a poor simulated camera', () => {
  it('shows at each step how the rig stood its latency before, by time and not by steps', async () => {
    const waited = watched(10, 'lockstep', { latencySeconds: 0.2 });
    for (let step = 0; step < 4; step++) waited.see(step);
    waited.cameras.look({ step: 4, deviceSeconds: 0.4, pose: [4] });
    waited.see(4);
    // Between two steps lie three periods.
    waited.see(5, 0.7);
    expect(waited.asked.map(({ pose }) => pose[0])).toEqual([0, 0, 0, 1, 2, 4]);
    for (const { resolve } of waited.asked) resolve(PNG);
    await waited.settle();
    expect(waited.frames.map(({ sequence, deviceSeconds }) => [sequence, deviceSeconds])).toEqual([
      ...[0, 1, 2, 3, 4].map((step) => [step, step * 0.1]),
      [7, 0.7],
    ]);
  });

  it('loses the share that it should, never the first, counts them without a word, and loses the same ones again', async () => {
    const lost = (seed: number) => {
      const { see, asked, events, dropped } = watched(10, 'lockstep', { dropped: 0.3 }, seed);
      for (let step = 0; step < 1000; step++) see(step);
      expect([events, asked.length + dropped()]).toEqual([[], 1000]);
      expect(asked[0]!.pose).toEqual([0]);
      return asked.map(({ pose }) => pose[0]);
    };
    const first = lost(1);
    expect(Math.abs(first.length - 700)).toBeLessThan(60);
    expect(lost(1)).toEqual(first);
    expect(lost(2)).not.toEqual(first);
  });

  it('is black every so often, shakes within its bounds, and its light goes slowly up and down', async () => {
    const source = { blackEvery: 3, shake: 2, light: 0.3 };
    const { see, asked } = watched(10, 'lockstep', source);
    for (let step = 0; step < 600; step++) see(step);
    const all = asked.map(({ conditions }) => conditions);
    expect(all.slice(0, 6).map(({ black }) => black)).toEqual([false, false, true, false, false, true]);
    for (const axis of ['right', 'down'] as const) {
      expect([...new Set(all.map((one) => one[axis]))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    }
    const light = all.map((one) => one.light);
    expect(Math.min(...light)).toBeGreaterThanOrEqual(0.7);
    expect(Math.max(...light)).toBeLessThanOrEqual(1.3);
    expect(Math.max(...light) - Math.min(...light)).toBeGreaterThan(0.3);
    const jumps = light.slice(1).map((value, i) => Math.abs(value - light[i]!));
    expect(Math.max(...jumps)).toBeLessThan(0.3 * 2 * Math.PI * 0.1);
  });
});
