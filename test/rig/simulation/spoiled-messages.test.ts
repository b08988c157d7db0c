import { describe, expect, it, onTestFinished } from 'vitest';
import { SpoiledMessages } from '../../../src/main/rig/simulation/rosbridge/spoiled-messages';
import { type LineFaults, NO_FAULTS } from '../../../src/main/rig/simulation/servo-bus/faults';
import { Random } from '../../../src/shared/random';
import { eventually } from '../../eventually';

const COUNT = 200;
const text = (n: number) => JSON.stringify({ n });

/** What arrives of numbered messages. */
function sent(faults: Partial<LineFaults>, isPublished: boolean): string[] {
  const arrived: string[] = [];
  const messages = new SpoiledMessages(
    (one) => arrived.push(one),
    () => ({ ...NO_FAULTS, ...faults }),
    new Random(3),
  );
  onTestFinished(() => messages.dispose());
  for (let n = 0; n < COUNT; n++) messages.push(text(n), isPublished);
  return arrived;
}
const all = Array.from({ length: COUNT }, (_, n) => text(n));

describe('messages of a simulated rosbridge server', () => {
  it('arrive at once and as they were where nothing goes wrong', () => {
    expect(sent({}, true)).toEqual(all);
  });

  it('keep their order when some are late and all are collected', async () => {
    const arrived = sent({ delayed: 0.2, delaySeconds: 0.01, latencySeconds: 0.002 }, true);
    expect(arrived).toEqual([]);
    await eventually(() => expect(arrived).toEqual(all));
  });

  it('are lost, cut short and doubled by shares; an answer of a service is neither lost nor cut', () => {
    const lost = sent({ dropped: 0.3 }, true);
    expect(lost.length).toBeLessThan(0.85 * COUNT);
    expect(all).toEqual(expect.arrayContaining(lost));
    const damaged = sent({ corrupted: 0.3 }, true).filter((one) => !all.includes(one));
    expect(damaged.length).toBeGreaterThan(0.15 * COUNT);
    expect(damaged.every((one) => all.some((whole) => whole.startsWith(one)))).toBe(true);
    expect(sent({ duplicated: 1 }, true)).toEqual(all.flatMap((one) => [one, one]));
    expect(sent({ dropped: 0.3, corrupted: 0.3 }, false)).toEqual(all);
  });
});
