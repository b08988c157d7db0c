import { encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { OutsideCamera } from '../../src/main/camera/outside/outside-camera';
import { framesSeen } from '../../src/main/camera/seen';
import type { TickMessage } from '../../src/main/control/messages';
import { OutsideEyes } from '../../src/main/core/cameras/outside-eyes';
import type { LoggedFrame } from '../../src/main/log/types';
import { Camera } from '../../src/shared/camera';
import type { EpisodeEvent } from '../../src/shared/episode';

const RATE = 10;
const CAMERA = Camera.parse({ name: 'top', width: 8, height: 8, rate: RATE, source: { kind: 'usb' } });

/** A picture that is like no other. */
const picture = (shade: number) =>
  new Uint8Array(encode({ width: 8, height: 8, data: Buffer.alloc(256, shade) }, 90).data);

/** A camera in an episode whose clock the test holds: the episode begins at 1 s of it, steps are under way for 2 ms. */
function watched(mode: 'realtime' | 'lockstep' = 'realtime') {
  const start = performance.now() - 100_000;
  let now = start;
  const source = new OutsideCamera(CAMERA);
  const frames: LoggedFrame[] = [];
  const events: EpisodeEvent[] = [];
  const seen: number[] = [];
  let dropped = 0;
  const about = {
    ...{ episode: 1, cameras: [CAMERA], seed: 0, mode },
    log: {
      appendFrames: (_: number, more: LoggedFrame[], missing: number[]) => {
        frames.push(...more);
        dropped += missing.length;
      },
    },
    note: (event: EpisodeEvent) => events.push(event),
    onPicture: (_camera: number, step: number) => seen.push(step),
  };
  const eyes = new OutsideEyes(new Map([[0, source]]), about, () => now);
  const at = (seconds: number) => start + 1000 * (1 + seconds);
  return {
    ...{ eyes, source, frames, events, seen },
    step: (seconds: number) => {
      now = at(seconds) + 2;
      const step = Math.round(seconds * 50);
      eyes.see({ step, hostSeconds: seconds, deviceSeconds: seconds + 7 } as TickMessage);
    },
    take: (seconds: number, shade: number) => source.take(picture(shade), at(seconds)),
    dropped: () => dropped,
    taken: () => frames.map(({ sequence, hostSeconds }) => [sequence, Number(hostSeconds.toFixed(2))]),
  };
}

describe('a camera whose pictures come from outside, in an episode', () => {
  it('begins with what was the newest before the first step, and counts its periods by what lies between two pictures', () => {
    const { step, take, taken, dropped, frames } = watched();
    take(-0.05, 1);
    step(0);
    take(0.04, 2);
    // A jitter of a third of a period is none that is missing, and no two pictures have one number.
    take(0.17, 3);
    step(0.2);
    take(0.24, 4);
    take(0.54, 5);
    step(0.6);
    expect(taken()).toEqual([
      [0, -0.05],
      [1, 0.04],
      [2, 0.17],
      [3, 0.24],
      [6, 0.54],
    ]);
    expect(dropped()).toBe(2);
    // On the rig's clock, by the step that was there.
    expect(frames.at(-1)!.deviceSeconds - frames.at(-1)!.hostSeconds).toBeCloseTo(7, 6);
  });

  it('says which step saw a picture first, by when it was captured and not by when it came', () => {
    const { step, take, seen, frames } = watched();
    take(-0.05, 1);
    const times = Array.from({ length: 26 }, (_, i) => i / 50);
    for (const seconds of times) step(seconds);
    take(0.05, 2);
    take(0.15, 3);
    // Shortly after the newest step.
    take(0.505, 4);
    expect(seen).toEqual([0, 3, 8, 26]);
    for (const seconds of [0.52, 0.54]) step(seconds);
    // As it will be read in the recording.
    const rows = framesSeen(
      [...times, 0.52, 0.54],
      frames.map(({ hostSeconds }) => hostSeconds),
    );
    expect(seen.map((_, frame) => rows.indexOf(frame))).toEqual(seen);
  });

  it('passes over what is one too many of a faster camera', () => {
    const { step, take, taken, dropped } = watched();
    step(0);
    for (let i = 0; i < 12; i++) take(i / 30, i);
    expect(taken().map(([sequence]) => sequence)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(dropped()).toBe(0);
  });

  it('is blind after two periods without a picture, says so once, and says when it sees again', () => {
    const { step, take, events, dropped, eyes } = watched();
    step(0);
    take(0, 1);
    step(0.18);
    expect(events).toEqual([]);
    step(0.22);
    step(0.4);
    expect(events.map(({ step, message }) => [step, message])).toEqual([
      [
        11,
        'Camera "top" shows nothing: none came for 222 ms. Pictures are missing from here on, none is repeated.',
      ],
    ]);
    take(0.5, 2);
    expect(events.at(-1)?.message).toBe('Camera "top" sees again.');
    expect(dropped()).toBe(4);
    step(1.04);
    void eyes.close();
    expect(dropped()).toBe(8);
  });

  it('never repeats a picture: one that is the same to the byte is missing, and said', () => {
    const { step, take, events, frames, dropped } = watched();
    step(0);
    take(0, 1);
    take(0.1, 1);
    take(0.2, 1);
    expect(events.map(({ message }) => message)).toEqual([
      expect.stringContaining('it sends the same picture to the byte again, so it has frozen or is covered'),
    ]);
    take(0.3, 2);
    expect([frames.map(({ sequence }) => sequence), dropped()]).toEqual([[0, 3], 2]);
  });

  it('takes nothing after the end, and nothing of a rig that is faster than real time', () => {
    const late = watched();
    late.step(0);
    void late.eyes.close();
    late.take(0.1, 1);
    expect(late.frames).toEqual([]);
    const fast = watched('lockstep');
    fast.step(0);
    fast.take(0.1, 1);
    expect(fast.frames).toEqual([]);
    expect(fast.events.map(({ message }) => message)).toEqual([
      expect.stringContaining('this rig is stepped faster than real time'),
    ]);
  });
});

describe('what comes for a camera', () => {
  it('is a whole JPEG file of its size, or is refused with what is wrong and what to do', () => {
    const source = new OutsideCamera(CAMERA);
    const wide = encode({ width: 16, height: 8, data: Buffer.alloc(512) }, 90).data;
    expect(() => source.take(new Uint8Array(wide), performance.now())).toThrow(
      'its pictures have 16 × 8 pixels, and its rig file says 8 × 8',
    );
    for (const bytes of [new Uint8Array(0), picture(1).subarray(0, 40), new Uint8Array(5 * 2 ** 20)]) {
      expect(() => source.take(bytes, performance.now())).toThrow('no whole JPEG file');
    }
    expect([source.newest, source.received]).toEqual([null, 0]);
    expect(source.trouble).toContain('no whole JPEG file');
    source.take(picture(3), performance.now());
    expect([source.received, source.trouble]).toEqual([1, null]);
  });

  it('is passed over where it is not newer than what came before, or is of the future', () => {
    const source = new OutsideCamera(CAMERA);
    const now = performance.now();
    source.take(picture(1), now);
    source.take(picture(2), now);
    source.take(picture(3), now - 1);
    source.take(picture(4), now + 60_000);
    source.take(picture(5), Number.NaN);
    expect(source.received).toBe(1);
  });
});
