import type { CsvColumn, CsvTable } from './types';

/** Samples `from` to `to` (exclusive) of a table. */
interface Segment {
  from: number;
  to: number;
}

/** A jump within so much of a whole turn looks like an angle that wraps. */
const TURN_TOLERANCE_RAD = 1;
/** So much finer than the usual step, most rows lie between samples. */
const FINER = 0.75;

/** What resampling makes up, or what looks as if it were not meant: a sentence each. */
export function doubtsAbout(
  table: CsvTable,
  segments: readonly Segment[],
  {
    periodSeconds,
    rows,
    observations,
  }: { periodSeconds: number; rows: number; observations: readonly CsvColumn[] },
): string[] {
  const angles = observations.flatMap((column, i) => angleDoubt(table, segments, column, table.columns[i]));
  return [...finerDoubt(table, segments, periodSeconds, rows), ...angles];
}

/** Median step between samples of the same segment, s; NaN where there is none. */
export function usualStep(time: Float64Array, segments: readonly Segment[]): number {
  const steps = new Float64Array(segments.reduce((sum, { from, to }) => sum + to - from - 1, 0));
  let at = 0;
  for (const { from, to } of segments) {
    for (let i = from + 1; i < to; i++) steps[at++] = (time[i] ?? Number.NaN) - (time[i - 1] ?? Number.NaN);
  }
  return steps.sort()[Math.floor(steps.length / 2)] ?? Number.NaN;
}

function finerDoubt(
  { time, samples }: CsvTable,
  segments: readonly Segment[],
  periodSeconds: number,
  rows: number,
): string[] {
  const step = usualStep(time, segments);
  if (!(periodSeconds < FINER * step)) return [];
  const [short, rate] = [Number(step.toPrecision(3)), Number((1 / step).toPrecision(2))];
  return [
    `The period of ${periodSeconds} s is finer than the log, which has a sample every ${short} s: ${rows} rows were made of ${samples} samples, most of them in between. --rate ${rate} keeps to what was measured.`,
  ];
}

function angleDoubt(
  { time }: CsvTable,
  segments: readonly Segment[],
  { column, unit, angle, scale }: CsvColumn,
  values: Float64Array | undefined,
): string[] {
  if (unit !== 'rad' || angle === true || values === undefined) return [];
  let jumps = 0;
  let firstAt = Number.NaN;
  for (const { from, to } of segments) {
    for (let i = from + 1; i < to; i++) {
      const change = Math.abs((values[i] ?? 0) - (values[i - 1] ?? 0));
      if (Math.abs(change - 2 * Math.PI) > TURN_TOLERANCE_RAD) continue;
      if (jumps === 0) firstAt = time[i] ?? Number.NaN;
      jumps += 1;
    }
  }
  if (jumps === 0) return [];
  const times = jumps === 1 ? 'once' : `${jumps} times`;
  return [
    `"${column}" jumps by a whole turn ${times}, first at ${Number(firstAt.toPrecision(9))} s: an angle that wraps is imported as ${column}:${scale === undefined ? 'rad' : 'deg'}:angle.`,
  ];
}
