import type { EpisodeSummary } from '../../../shared/episode';
import type { EpisodeWindow, Trace } from '../../../shared/episode-window';
import { knownOrNull, knownSeries } from '../../../shared/known';
import type { Log } from '../../log/types';
import { bucketsOf, coarser, type Envelope, envelopeOf, joined } from './digest';
import { bucketsFor, type Digests } from './digests';
import { isPlanned, readSeries, type SeriesName, seriesNames } from './series';

/** So many rows are read as they are; those of planned episodes carry their plans. */
const RAW_ROWS = { plain: 32_768, planned: 16_384 } as const;
/** A ready digest that is so much coarser than asked for is taken instead of being made of finer ones. */
const COARSER = 1.34;

/** Which rows, and how many of them share a bucket. */
export interface Frame {
  from: number;
  to: number;
  bucket: number;
}

/**
 * Rows `from` to `to` (exclusive) in about `points` buckets. Buckets begin at whole multiples of their length, so that the same
 * rows share one wherever the window stands and a curve does not shimmer when it is moved.
 */
export function frameOf(
  summary: Pick<EpisodeSummary, 'source' | 'steps'>,
  { from, to, points }: { from: number; to: number; points: number },
): Frame & { raw: boolean } {
  // A bucket is drawn with four numbers, so as many rows by themselves are no more to send.
  const wanted = to - from <= 4 * points ? 1 : Math.ceil((to - from) / points);
  const raw = to - from <= RAW_ROWS[isPlanned(summary) ? 'planned' : 'plain'];
  const made = bucketsFor(summary);
  const ready = made.findLast((bucket) => bucket <= wanted * COARSER) ?? made[0] ?? 1;
  const bucket = raw ? wanted : Math.max(ready, Math.ceil(wanted / ready / COARSER) * ready);
  const start = Math.floor(from / bucket) * bucket;
  const end = Math.min(summary.steps + 1, Math.ceil(to / bucket) * bucket);
  return { from: start, to: end, bucket, raw };
}

/** The series of a window, by name. */
export async function readWindow(
  log: Pick<Log, 'columns'>,
  digests: Digests,
  summary: EpisodeSummary,
  { raw, ...frame }: Frame & { raw: boolean },
): Promise<Map<SeriesName, Envelope>> {
  const { from, to, bucket } = frame;
  if (raw) {
    const values = await readSeries(log, summary, { from, to });
    return new Map([...values].map(([name, column]) => [name, envelopeOf(column, bucket)]));
  }
  const ready = bucketsFor(summary).findLast((each) => bucket % each === 0) ?? bucket;
  const parts = await digests.of(summary, ready, { from, to });
  const skipped = (from - (parts[0]?.firstRow ?? from)) / ready;
  const count = Math.ceil((to - from) / ready);
  return new Map(
    seriesNames(summary).map((name, i) => {
      const whole = joined(parts.flatMap(({ series }) => series[i] ?? []));
      return [name, coarser(bucketsOf(whole, skipped, skipped + count), bucket / ready)];
    }),
  );
}

/** As it crosses to the window. */
export function windowOf(
  summary: EpisodeSummary,
  { from, to, bucket }: Frame,
  series: ReadonlyMap<SeriesName, Envelope>,
): Omit<EpisodeWindow, 'events' | 'eventCount' | 'wholeSeconds'> {
  const empty = envelopeOf(new Float64Array(), 1);
  const of = (name: SeriesName) => series.get(name) ?? empty;
  const trace = (name: SeriesName) => traceOf(of(name), bucket);
  const band = (below: SeriesName, above: SeriesName) => ({
    low: knownSeries(of(below).min),
    high: knownSeries(of(above).max),
  });
  const { observations, actions } = summary;
  return {
    ...{ summary, from, to, bucket },
    seconds: Array.from(of('seconds').first, (value) => knownOrNull(value) ?? 0),
    endSeconds: knownOrNull(of('seconds').last.at(-1) ?? 0) ?? 0,
    observations: observations.map((_, i) => trace(`observation ${i}`)),
    actions: actions.map((_, i) => trace(`action ${i}`)),
    reward: trace('reward'),
    latenessMs: trace('latenessMs'),
    planMs: trace('planMs'),
    missed: Array.from(of('missed').max, (value) => value || 0),
    ...(isPlanned(summary) && {
      plans: {
        predicted: observations.map((_, i) => trace(`predicted ${i}`)),
        predictedBand: observations.map((_, i) => band(`below ${i}`, `above ${i}`)),
        received: trace('received'),
        expected: trace('expected'),
        expectedBand: band('expectedBelow', 'expectedAbove'),
        disagreement: trace('disagreement'),
        knownSteps: trace('knownSteps'),
      },
    }),
  };
}

function traceOf({ first, last, min, max, unknown }: Envelope, bucket: number): Trace {
  if (bucket === 1) return { first: knownSeries(first) };
  const gaps: number[] = [];
  unknown.forEach((count, i) => {
    if (count > 0) gaps.push(i);
  });
  return {
    first: knownSeries(first),
    more: { last: knownSeries(last), min: knownSeries(min), max: knownSeries(max), gaps },
  };
}
