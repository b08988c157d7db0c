import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Episodes } from '../../../src/main/core/episodes';
import type { EpisodeWindow, Trace } from '../../../src/shared/episode-window';
import { newEpisode, PERIOD, plannedRow } from '../../log/fixtures';
import { logInMemory, longEpisode } from './long-episode';

const ROWS = 40_001;

type Values = (number | null)[];
/** Of a series, by row: as `rows` gives it. */
interface Whole {
  seconds: number[];
  observations: Values[];
  actions: Values[];
  reward: Values;
  predicted: Values[];
  received: Values;
}

async function everyRow(episodes: Episodes, id: number): Promise<Whole> {
  const whole: Whole = {
    seconds: [],
    observations: [[], []],
    actions: [[]],
    reward: [],
    predicted: [[], []],
    received: [],
  };
  for (let from = 0; from < ROWS; from += 4096) {
    const part = await episodes.rows(id, { from, to: from + 4096 });
    whole.seconds.push(...part.seconds);
    for (const name of ['observations', 'actions', 'predicted'] as const) {
      for (const [i, values] of part[name].entries()) whole[name][i]?.push(...values);
    }
    whole.reward.push(...part.reward);
    whole.received.push(...(part.received ?? []));
  }
  return whole;
}

/** What the rows themselves say of the buckets of a window. */
function expectBuckets(trace: Trace, { from, to, bucket }: EpisodeWindow, rows: Values): void {
  const buckets = Array.from({ length: Math.ceil((to - from) / bucket) }, (_, i) =>
    rows.slice(from + i * bucket, Math.min(to, from + (i + 1) * bucket)),
  );
  const known = buckets.map((values) => values.filter((value) => value !== null));
  const extreme = (of: (...values: number[]) => number) =>
    known.map((values) => (values.length === 0 ? null : of(...values)));
  expect(trace.first).toEqual(buckets.map((values) => values[0]));
  const more = {
    last: buckets.map((values) => values.at(-1)),
    min: extreme(Math.min),
    max: extreme(Math.max),
    gaps: [...known.keys()].filter((i) => known[i]?.length !== buckets[i]?.length),
  };
  expect(trace.more).toEqual(bucket === 1 ? undefined : more);
}

function expectAll(traces: readonly Trace[], view: EpisodeWindow, rows: readonly Values[]): void {
  for (const [i, trace] of traces.entries()) expectBuckets(trace, view, rows[i] ?? []);
}

const windows = fc.record({
  from: fc.double({ min: -1, max: ROWS * PERIOD, noNaN: true }),
  length: fc.oneof(
    fc.double({ min: 0, max: ROWS * PERIOD, noNaN: true }),
    fc.double({ min: 0, max: 20, noNaN: true }),
  ),
  points: fc.integer({ min: 1, max: 900 }),
});

describe.each([
  ['somebody planned', true],
  ['nobody planned', false],
])('a window of a long episode that %s', (_, planned) => {
  const { store, log, database } = logInMemory();
  const episodes = new Episodes(log);
  let id = 0;
  let whole: Whole;
  beforeAll(async () => {
    id = longEpisode(store, ROWS, planned);
    whole = await everyRow(episodes, id);
  });

  it('has in every bucket exactly the extremes, ends and gaps of its rows, wherever it stands', async () => {
    await fc.assert(
      fc.asyncProperty(windows, async ({ from, length, points }) => {
        const view = await episodes.view(id, { from, to: from + length, points });
        expect(view.seconds[0]).toBeLessThanOrEqual(Math.max(0, from));
        expect(view.endSeconds).toBeGreaterThanOrEqual(Math.min(view.wholeSeconds[1], from + length));
        expect(view.seconds.length).toBeLessThanOrEqual(
          Math.max(4 * points, 1 + Math.ceil(ROWS / 64), 2 * points + 2),
        );
        expect(view.seconds).toEqual(
          whole.seconds.slice(view.from, view.to).filter((__, i) => i % view.bucket === 0),
        );
        expectAll(view.observations, view, whole.observations);
        expectAll(view.actions, view, whole.actions);
        expectBuckets(view.reward, view, whole.reward);
        expect(view.plans === undefined).toBe(!planned);
        expectAll(view.plans?.predicted ?? [], view, whole.predicted);
        if (view.plans) expectBuckets(view.plans.received, view, whole.received);
      }),
      { numRuns: 40 },
    );
  });

  it('is as large as it is asked for, however long the episode is, and shows a peak of one sample', async () => {
    const view = await episodes.view(id, { points: 300 });
    expect(view).toMatchObject({ from: 0, to: ROWS, eventCount: 1 });
    expect(view.seconds.length).toBeLessThan(650);
    const peaks = Array.from({ length: 10 }, (__, i) => whole.observations[0]?.[17 + 4099 * i] ?? 0);
    for (const peak of peaks) expect(view.observations[0]?.more?.max).toContain(peak);
  });

  it('is made of digests that are kept, and made anew of the rows where they are missing or not what was written', async () => {
    const before = await episodes.view(id, { points: 100 });
    const columns = log.columns;
    const asked: number[] = [];
    log.columns = async (which, options) => {
      asked.push((options?.to ?? 0) - (options?.from ?? 0));
      return columns(which, options);
    };
    expect(await new Episodes(log).view(id, { points: 100 })).toEqual(before);
    expect(Math.max(...asked)).toBe(1);
    database.prepare('UPDATE digests SET data = zeroblob(length(data)) WHERE first_row = 16384').run();
    expect(await new Episodes(log).view(id, { points: 100 })).toEqual(before);
    expect(Math.max(...asked)).toBeGreaterThanOrEqual(16_384);
    database.prepare('DELETE FROM digests').run();
    expect(await new Episodes(log).view(id, { points: 100 })).toEqual(before);
    log.columns = columns;
  });

  it('is made ready piece by piece, which can be watched, and then reads no more rows', async () => {
    database.prepare('DELETE FROM digests').run();
    const steps: { done: number; total: number }[] = [];
    for await (const step of episodes.prepare(id)) steps.push(step);
    expect(steps.map(({ done }) => done)).toEqual([0, 16_384, 32_768, ROWS]);
    expect(database.prepare('SELECT count(DISTINCT first_row) FROM digests').pluck().get()).toBe(3);
  });

  it('stays in memory where the log cannot be written', async () => {
    const before = await episodes.view(id, { points: 100 });
    database.prepare('DELETE FROM digests').run();
    const keepDigests = log.keepDigests;
    log.keepDigests = async () => false;
    const beside = new Episodes(log);
    expect(await beside.view(id, { points: 100 })).toEqual(before);
    const columns = log.columns;
    log.columns = async (which, options) => {
      expect((options?.to ?? 0) - (options?.from ?? 0)).toBe(1);
      return columns(which, options);
    };
    expect(await beside.view(id, { points: 100 })).toEqual(before);
    log.columns = columns;
    log.keepDigests = keepDigests;
  });
});

describe('the window of an episode that is being recorded', () => {
  it('shows what came of the last plans once it is known, though it was looked at before', async () => {
    const { store, log, database } = logInMemory();
    const id = store.handlers.beginEpisode(newEpisode({ source: 'mpc' }));
    const record = (from: number, to: number) => {
      store.recorder.append(
        id,
        Array.from({ length: to - from }, (_, i) => plannedRow(from + i)),
        [],
      );
      store.recorder.flush();
    };
    const episodes = new Episodes(log);
    record(0, 16_386);
    // One block is whole, and its last plans look further ahead than there are rows.
    const early = await episodes.view(id, { points: 100 });
    expect(early.plans?.received.more?.gaps.length).toBeGreaterThan(0);
    record(16_386, 16_500);
    await log.endEpisode(id, { state: 'complete', terminated: false, reason: 'a test' });
    const late = await episodes.view(id, { points: 100 });
    database.prepare('DELETE FROM digests').run();
    expect(late).toEqual(await new Episodes(log).view(id, { points: 100 }));
  });
});

describe('the rows of an episode', () => {
  it.each([true, false])(
    'are none behind its end and none of a range that goes back (planned: %s)',
    async (planned) => {
      const { store, log } = logInMemory();
      const id = longEpisode(store, 100, planned);
      const episodes = new Episodes(log);
      for (const [from, to, rows] of [
        [98, 200, 2],
        [100, 120, 0],
        [5000, 5100, 0],
        [50, 10, 0],
      ] as const) {
        const { seconds, observations, predicted } = await episodes.rows(id, { from, to });
        for (const series of [seconds, ...observations, ...predicted]) expect(series).toHaveLength(rows);
      }
    },
  );
});
