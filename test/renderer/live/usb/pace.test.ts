import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../../../src/renderer/live/usb/pace';

/** How many of a camera's pictures are taken in so many seconds. */
function taken(cameraRate: number, wanted: number, seconds: number, jitterMs: (i: number) => number): number {
  const pace = new Pace(wanted);
  let count = 0;
  for (let i = 0; i < seconds * cameraRate; i++) {
    if (pace.isDue((1000 * i) / cameraRate + jitterMs(i))) count++;
  }
  return count;
}

describe('the pictures that are taken of a camera', () => {
  it('make the rate that is wanted of a faster one, and all of one that is as fast or slower', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (camera, wanted) => {
        // Two milliseconds to either side.
        const count = taken(camera, wanted, 20, (i) => 2 * Math.sin(7 * i));
        if (wanted >= camera) expect(count).toBe(20 * camera);
        else expect(Math.abs(count - 20 * wanted)).toBeLessThanOrEqual(1 + 0.08 * 20 * wanted);
      }),
    );
  });

  it('have the camera’s own distances, whatever they were kept waiting on their way', () => {
    const pace = new Pace(30);
    const waits = [9, 4, 2, 30, 2, 80, 2];
    const times = waits.map((wait, i) => pace.captured(100 * i, 5000 + 100 * i + wait));
    // From the third on nothing was under way for less.
    for (let i = 3; i < times.length; i++) expect(times[i]! - times[2]!).toBeCloseTo(100 * (i - 2), 0);
    for (const [i, time] of times.entries()) expect(time).toBeLessThanOrEqual(5000 + 100 * i + waits[i]!);
  });

  it('follow a camera’s clock that is slower than the computer’s', () => {
    const pace = new Pace(30);
    const SLOW = 1 - 5e-5;
    let behind = 0;
    for (let ms = 0; ms <= 3_600_000; ms += 1000) behind = ms - pace.captured(ms * SLOW, ms);
    expect(Math.abs(behind)).toBeLessThan(1);
  });
});
