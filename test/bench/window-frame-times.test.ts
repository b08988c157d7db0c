import { expect, test } from 'vitest';
import { frameTimes, spreadOf, type TraceEvent } from '../../src/main/bench/window/frame-times';

const PAGE = { pid: 7, tid: 1 };
/** Times in ms, as one writes them; the trace has µs. */
const frame = (at: number, thread = PAGE): TraceEvent => ({
  ...{ name: 'BeginMainThreadFrame', ph: 'I', ts: 1000 * at },
  ...thread,
});
const took = (name: string, at: number, ms: number, threadMs = ms, thread = PAGE): TraceEvent => ({
  ...{ name, ph: 'X', ts: 1000 * at, dur: 1000 * ms, tdur: 1000 * threadMs },
  ...thread,
});
const rounded = (events: TraceEvent[]) =>
  frameTimes(events).map(({ wallMs, threadMs }) => [wallMs, threadMs].map((ms) => Number(ms.toFixed(6))));

test('a frame is charged with every way into script up to the next one, and the last one, which has not ended, is left out', () => {
  const events = [
    took('FunctionCall', 12, 1),
    frame(30),
    frame(10),
    took('FireAnimationFrame', 10, 2),
    took('TimerFire', 26, 3),
    took('FireAnimationFrame', 31, 4),
    frame(50),
    took('FireAnimationFrame', 51, 9),
    took('FunctionCall', 5, 1),
  ];
  expect(rounded(events)).toEqual([
    [6, 6],
    [4, 4],
  ]);
});

test('what runs inside of other script is counted once, and what is no script not at all', () => {
  const events = [
    ...[frame(0), frame(20), took('FireAnimationFrame', 1, 8), took('FunctionCall', 1, 5)],
    ...[took('MinorGC', 3, 1), took('Layout', 10, 5), took('MinorGC', 16, 2)],
  ];
  expect(rounded(events)).toEqual([[10, 10]]);
});

test('the thread’s own clock tells what was computed, never more than has passed', () => {
  const events = [
    ...[frame(0), frame(20), frame(40)],
    ...[took('FireAnimationFrame', 1, 8, 2), took('FireAnimationFrame', 21, 1, 16)],
  ];
  expect(rounded(events)).toEqual([
    [8, 2],
    [1, 1],
  ]);
});

test('other pages and threads count for nothing', () => {
  const other = { pid: 8, tid: 1 };
  const events = [frame(0), frame(20), frame(1, other), took('FireAnimationFrame', 2, 8, 8, other)];
  expect(rounded(events)).toEqual([[0, 0]]);
  expect(frameTimes([])).toEqual([]);
});

test('a spread has its middle, its hundredth and its largest', () => {
  const { p50, p99, max } = spreadOf(Array.from({ length: 101 }, (_, i) => i));
  expect([p50, p99, max]).toEqual([50, 99, 100]);
});
