import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';
import { quantile } from '../../../shared/statistics';
import type { DevtoolsPage } from './devtools';

/** An event of Chromium's trace, as much of it as is used; times are µs. */
export const TraceEvent = z.object({
  name: z.string(),
  ph: z.string(),
  pid: z.number(),
  tid: z.number(),
  ts: z.number(),
  dur: z.number().optional(),
  tdur: z.number().optional(),
});
export type TraceEvent = z.infer<typeof TraceEvent>;

const Collected = z.object({ value: z.array(z.unknown()) });

/** Where each frame of a page's main thread begins, and every way into script; what runs inside of another is part of it. */
const BEGIN = 'BeginMainThreadFrame';
const SCRIPT = new Set([
  ...['FireAnimationFrame', 'FunctionCall', 'TimerFire', 'EventDispatch', 'EvaluateScript'],
  ...['RunMicrotasks', 'MinorGC', 'MajorGC'],
]);
const CATEGORIES = [
  ...['devtools.timeline', 'disabled-by-default-devtools.timeline.frame'],
  ...['v8', 'v8.execute'],
];

/**
 * The script of each frame, collecting garbage and calls to WebGL included, layout, painting and waiting for the picture
 * before not.
 */
export interface FrameTime {
  /** By the clock, ms: also what passed while the thread was not given a processor. */
  wallMs: number;
  /** By the thread's own clock, ms: what it computed. */
  threadMs: number;
}

/** @param events of all threads, in any order; the page is the one with the most frames */
export function frameTimes(events: readonly TraceEvent[]): FrameTime[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const begins = new Map<string, number[]>();
  for (const event of events) {
    if (event.name !== BEGIN) continue;
    begins.set(threadOf(event), [...(begins.get(threadOf(event)) ?? []), event.ts]);
  }
  const [thread, times] = [...begins].reduce((a, b) => (b[1].length > a[1].length ? b : a), ['', []]);
  times.sort((a, b) => a - b);
  const script = events
    .filter((event) => event.ph === 'X' && SCRIPT.has(event.name) && threadOf(event) === thread)
    .sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  // The last one has not ended.
  const out = times.slice(0, -1).map(() => ({ wallMs: 0, threadMs: 0 }));
  let frame = -1;
  let end = Number.NEGATIVE_INFINITY;
  for (const { ts, dur = 0, tdur = 0 } of script) {
    if (ts < end) continue;
    end = ts + dur;
    while ((times[frame + 1] ?? Number.POSITIVE_INFINITY) <= ts) frame += 1;
    const its = out[frame];
    if (!its) continue;
    its.wallMs += dur / 1000;
    // On virtual machines the thread's clock jumps now and then; more than has passed it cannot have computed.
    its.threadMs += Math.min(dur, tdur) / 1000;
  }
  return out;
}

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

/** @param values not empty */
export const spreadOf = (values: readonly number[]): Spread => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: Math.max(...values),
});

/**
 * Traces a page for a while.
 * @throws ForesightError `engine` where the browser refuses
 */
export async function traceFrames(page: DevtoolsPage, seconds: number): Promise<FrameTime[]> {
  const events: TraceEvent[] = [];
  page.on('Tracing.dataCollected', (params) => {
    for (const one of Collected.parse(params).value) {
      const event = TraceEvent.safeParse(one);
      if (event.success && (event.data.name === BEGIN || SCRIPT.has(event.data.name)))
        events.push(event.data);
    }
  });
  const complete = new Promise<void>((resolve) => page.on('Tracing.tracingComplete', () => resolve()));
  await page.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: CATEGORIES, recordMode: 'recordAsMuchAsPossible' },
  });
  await page.evaluate(`new Promise((resolve) => setTimeout(resolve, ${seconds * 1000}))`);
  await page.send('Tracing.end');
  await complete;
  const frames = frameTimes(events);
  if (frames.length > 0) return frames;
  throw new ForesightError(
    'engine',
    'The browser drew no frame in this time.',
    'Look at it for longer with --seconds.',
  );
}
