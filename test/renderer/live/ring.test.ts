import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SampleRing } from '../../../src/renderer/live/ring';
import type { TelemetrySample } from '../../../src/shared/telemetry';

function sample(parts: Partial<TelemetrySample>): TelemetrySample {
  return {
    seconds: 0,
    episode: null,
    step: 0,
    observation: [0],
    action: [0],
    reward: null,
    latenessMs: null,
    planMs: null,
    missed: false,
    ...parts,
  };
}

const column = (ring: SampleRing) => {
  const [first] = ring.observation;
  if (!first) throw new Error('the ring has one observation');
  return first;
};

test('the newest rows come back in the order they came, however often the ring went round', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.double({ noNaN: true }), { maxLength: 70 }),
      (capacity, values) => {
        const ring = new SampleRing(capacity, 1, 0);
        values.forEach((value, i) => {
          ring.push(sample({ seconds: i, observation: [value] }));
        });
        expect(ring.size).toBe(Math.min(capacity, values.length));
        expect(ring.read(column(ring), ring.size)).toEqual(values.slice(-capacity));
      },
    ),
  );
});

test('rows within a time are exactly those not older than it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 0, max: 400 }),
      (steps, window) => {
        const ring = new SampleRing(40, 1, 0);
        let time = 0;
        const times: number[] = [];
        for (const step of steps) {
          time += step;
          times.push(time);
          ring.push(sample({ seconds: time }));
        }
        const kept = times.slice(-40);
        expect(ring.rowsWithin(window)).toBe(kept.filter((t) => t >= time - window).length);
      },
    ),
  );
});

describe('a new episode', () => {
  const ring = new SampleRing(100, 1, 1);
  ring.push(sample({ seconds: 4.98, observation: [1] }));
  ring.push(sample({ seconds: 5, observation: [2] }));
  ring.push(sample({ seconds: 0, episode: 3, observation: [3] }));
  ring.push(sample({ seconds: 0.02, episode: 3, observation: [4] }));

  test('follows the one before it on a time line that never runs backwards', () => {
    const times = ring.read(ring.time, ring.size);
    expect([...times].sort((a, b) => Number(a) - Number(b))).toEqual(times);
    expect(ring.newest).toBeCloseTo(5.02, 2);
  });

  test('is set apart by a gap, so that no line is drawn across it', () => {
    expect(ring.read(column(ring), ring.size)).toEqual([1, 2, null, 3, 4]);
  });
});

test('a reading is the newest number, gaps left out', () => {
  const ring = new SampleRing(10, 1, 0);
  expect(ring.latest(column(ring))).toBeNaN();
  ring.push(sample({ seconds: 1, observation: [7] }));
  ring.push(sample({ seconds: 2, observation: [Number.NaN] }));
  expect(ring.latest(column(ring))).toBe(7);
});

describe('planning as the rows tell it', () => {
  const ring = new SampleRing(100, 1, 1);
  const row = (episode: number | null, step: number, planMs: number | null, missed = false) =>
    ring.push(sample({ seconds: step, episode, step, planMs, missed }));
  row(1, 0, 5);
  row(1, 1, null, true);
  row(2, 0, 7);
  row(2, 1, 8, true);
  row(null, 0, null);

  test('is of one episode, oldest first, with its late steps', () => {
    expect(ring.planning(10, 1)).toEqual([
      { step: 0, planMs: 5, missed: false },
      { step: 1, planMs: null, missed: true },
    ]);
    expect(ring.planning(10, 2).map(({ planMs }) => planMs)).toEqual([7, 8]);
  });

  test('is of as many of the newest rows as were asked for', () => {
    expect(ring.planning(1, 2)).toEqual([{ step: 1, planMs: 8, missed: true }]);
  });
});

test("an episode's newest rows come back with their steps, whatever came after it", () => {
  const ring = new SampleRing(20, 1, 0);
  const push = (episode: number | null, step: number, value: number) =>
    ring.push(sample({ episode, step, seconds: ring.total, observation: [value] }));
  push(1, 7, 70);
  for (const step of [0, 1, 2]) push(2, step, step * 10);
  push(null, 0, 99);
  const newest = (rows: number, episode: number) => {
    const out: [number, ...number[]][] = [];
    ring.walk(rows, episode, (slot, step) => out.push([step, ...ring.rowAt(slot)]));
    return out;
  };
  expect(newest(2, 2)).toEqual([
    [2, 20],
    [1, 10],
  ]);
  expect(newest(9, 1)).toEqual([[7, 70]]);
  expect(newest(9, 3)).toEqual([]);
});
