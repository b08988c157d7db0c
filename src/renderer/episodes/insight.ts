import type { EpisodeRows } from '../../shared/episode-rows';
import type { Band, EpisodeWindow, Trace } from '../../shared/episode-window';
import { isKnown } from './curves';

/** One strip of what the plans of an episode said of themselves. */
export interface InsightStrip {
  key: 'return' | 'disagreement' | 'known';
  name: string;
  unit: string;
  /** What came true, or what was said. */
  trace: Trace;
  /** What had been expected of it, and two standard deviations about that. */
  expected: { trace: Trace; band: Band } | null;
  /** Its numbers, by row. */
  reading(rows: EpisodeRows): readonly (number | null)[] | undefined;
}

/** What the plans of an episode said of themselves, over its rows; nothing for what nobody could tell. */
export function insightStrips({ plans }: Pick<EpisodeWindow, 'plans'>): InsightStrip[] {
  if (!plans) return [];
  const strips: InsightStrip[] = [
    {
      key: 'return',
      name: 'Return of each plan: received, expected ±2σ',
      unit: '1',
      trace: plans.received,
      expected: { trace: plans.expected, band: plans.expectedBand },
      reading: ({ received }) => received,
    },
    {
      key: 'disagreement',
      name: "Disagreement, share of the return's variance",
      unit: '%',
      trace: scaled(plans.disagreement, 100),
      expected: null,
      reading: ({ insight }) => insight?.disagreement.map((share) => times(share, 100)),
    },
    {
      key: 'known',
      name: 'Known territory',
      unit: 'steps',
      trace: plans.knownSteps,
      expected: null,
      reading: ({ insight }) => insight?.knownSteps,
    },
  ];
  return strips.filter(
    ({ trace, expected }) => isKnown(trace) || (expected !== null && isKnown(expected.trace)),
  );
}

const times = (value: number | null, factor: number) => (value === null ? null : factor * value);

function scaled({ first, more }: Trace, factor: number): Trace {
  const all = (values: readonly (number | null)[]) => values.map((value) => times(value, factor));
  return {
    first: all(first),
    ...(more && { more: { ...more, last: all(more.last), min: all(more.min), max: all(more.max) } }),
  };
}
