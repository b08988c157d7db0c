import { expect, it } from 'vitest';
import { hostSeconds, startTicking } from '../../src/main/rig/clock';

/** Occupies this thread, as a machine does that is busy with something else. */
function block(seconds: number): void {
  for (const until = hostSeconds() + seconds; hostSeconds() < until; );
}

/** Ticks, the first of which takes `pauseSeconds`: when each came, and whether the event loop had turned since the first. */
function ticked(
  count: number,
  periodSeconds: number,
  pauseSeconds: number,
): Promise<{ at: number; turned: boolean }[]> {
  const began = hostSeconds();
  const ticks: { at: number; turned: boolean }[] = [];
  let turned = false;
  return new Promise((resolve) => {
    const ticking = startTicking(periodSeconds, () => {
      ticks.push({ at: hostSeconds() - began, turned });
      if (ticks.length === 1) {
        setImmediate(() => {
          turned = true;
        });
        block(pauseSeconds);
      }
      if (ticks.length < count) return;
      ticking.dispose();
      resolve(ticks);
    });
  });
}

it('makes up at once for ticks that it missed, so lateness does not add up, and none comes early', async () => {
  const ticks = await ticked(4, 0.2, 0.5);
  for (const [k, { at }] of ticks.entries()) expect(at).toBeGreaterThanOrEqual((k + 1) * 0.2);
  expect(ticks.slice(0, 3).map(({ turned }) => turned)).toEqual([false, false, false]);
});

it('starts anew after a pause as long as many periods', async () => {
  const ticks = await ticked(4, 0.01, 0.3);
  expect(ticks.map(({ turned }) => turned)).toEqual([false, false, true, true]);
});
