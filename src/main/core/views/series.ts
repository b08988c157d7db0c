import type { EpisodeColumns, EpisodeSummary, PlanColumns } from '../../../shared/episode';
import { regularSteps } from '../../dynamics/data/regular-runs';
import type { Log } from '../../log/types';

/** What a view shows of an episode, by row; the planned ones only of episodes that somebody planned. */
export type SeriesName =
  | 'seconds'
  | 'reward'
  | 'latenessMs'
  | 'planMs'
  | 'missed'
  | `observation ${number}`
  | `action ${number}`
  /** What was predicted of an observation one step earlier, and two standard deviations below and above. */
  | `predicted ${number}`
  | `below ${number}`
  | `above ${number}`
  /** Returns of the plans: what came of them, and what had been expected, with two standard deviations below and above. */
  | 'received'
  | 'expected'
  | 'expectedBelow'
  | 'expectedAbove'
  | 'disagreement'
  | 'knownSteps';

type Channels = Pick<EpisodeSummary, 'observations' | 'actions' | 'source'>;

const PLAIN = ['seconds', 'reward', 'latenessMs', 'planMs', 'missed'] as const;
const PLANNED = [
  'received',
  'expected',
  'expectedBelow',
  'expectedAbove',
  'disagreement',
  'knownSteps',
] as const;

/** In the order in which digests hold them (docs/log.md). */
export function seriesNames(summary: Channels): SeriesName[] {
  const { observations, actions } = summary;
  return [
    ...PLAIN,
    ...observations.map((_, i) => `observation ${i}` as const),
    ...actions.map((_, i) => `action ${i}` as const),
    ...(isPlanned(summary)
      ? [
          ...observations.map((_, i) => `predicted ${i}` as const),
          ...observations.map((_, i) => `below ${i}` as const),
          ...observations.map((_, i) => `above ${i}` as const),
          ...PLANNED,
        ]
      : []),
  ];
}

export const isPlanned = ({ source }: Pick<EpisodeSummary, 'source'>): boolean =>
  source === 'mpc' || source === 'policy';

/** Rows beside those that are asked for that decide whether a step is one of the model. */
const MARGIN = 16;

/** Columns of rows `from` to `to` (exclusive, and no more than there are), and of the rows beside them that they hang on. */
export async function readAround(
  log: Pick<Log, 'columns'>,
  { id, source }: Pick<EpisodeSummary, 'id' | 'source'>,
  { from, to }: Range,
): Promise<{ columns: EpisodeColumns; first: number; range: Range }> {
  if (!isPlanned({ source })) {
    const columns = await log.columns(id, { from, to });
    return { columns, first: from, range: { from: 0, to: columns.rows } };
  }
  const first = Math.max(0, from - MARGIN);
  const columns = await log.columns(id, { from: first, to: to + MARGIN, predictions: 'next' });
  return { columns, first, range: { from: from - first, to: Math.min(columns.rows, to - first) } };
}

/** The series of rows `from` to `to` (exclusive, and no more than there are). */
export async function readSeries(
  log: Pick<Log, 'columns'>,
  summary: EpisodeSummary,
  { from, to }: { from: number; to: number },
): Promise<Map<SeriesName, Float64Array>> {
  const { id, observations, actions } = summary;
  if (!isPlanned(summary)) {
    const columns = await log.columns(id, { from, to });
    return new Map(plainSeries(columns, summary, { from: 0, to: columns.rows }));
  }
  const { columns, first, range } = await readAround(log, summary, { from, to });
  const rewards = await rewardsAhead(log, summary, columns, { first, ...range });
  return new Map([
    ...plainSeries(columns, { observations, actions }, range),
    ...predictedSeries(columns, summary, range),
    ...planSeries(columns, receivedReturns(rewards, summary), range),
  ]);
}

export type Range = { from: number; to: number };
type Named = [SeriesName, Float64Array];

function plainSeries(
  columns: EpisodeColumns,
  { observations, actions }: Pick<Channels, 'observations' | 'actions'>,
  { from, to }: Range,
): Named[] {
  return [
    ['seconds', columns.hostSeconds.subarray(from, to)],
    ['reward', columns.reward.subarray(from, to)],
    ['latenessMs', columns.latenessSeconds.subarray(from, to).map((seconds) => 1000 * seconds)],
    ['planMs', columns.planMs.subarray(from, to)],
    ['missed', columns.missed.subarray(from, to)],
    ...observations.map((_, i): Named => {
      return [`observation ${i}`, channelOf(columns.observations, observations.length, i, { from, to })];
    }),
    ...actions.map((_, i): Named => {
      return [`action ${i}`, channelOf(columns.actions, actions.length, i, { from, to })];
    }),
  ];
}

export function channelOf(
  matrix: Float64Array,
  width: number,
  channel: number,
  { from, to }: Range,
): Float64Array {
  const values = new Float64Array(Math.max(0, to - from));
  for (let row = from; row < to; row++) values[row - from] = matrix[row * width + channel];
  return values;
}

/**
 * What the plan behind row j − 1 said about row j, before it was measured, [channel][row]. Nothing where the step was none of
 * one control period: what was measured there tells nothing about the prediction.
 */
export function oneStepAhead(
  columns: EpisodeColumns,
  { observations, periodSeconds }: Pick<EpisodeSummary, 'observations' | 'periodSeconds'>,
  { from, to }: Range,
): { mean: Float64Array[]; std: Float64Array[] } {
  const unknown = () => observations.map(() => new Float64Array(to - from).fill(Number.NaN));
  const ahead = { mean: unknown(), std: unknown() };
  const { plans } = columns;
  if (plans === undefined) return ahead;
  const width = observations.length;
  for (const before of regularSteps(columns, periodSeconds)) {
    const row = before + 1 - from;
    if (row < 0 || row >= to - from) continue;
    for (let channel = 0; channel < width; channel++) {
      const at = before * width + channel;
      set(ahead.mean[channel], row, plans.nextMean[at]);
      set(ahead.std[channel], row, plans.nextStd[at]);
    }
  }
  return ahead;
}

function set(values: Float64Array | undefined, row: number, value: number): void {
  if (values !== undefined) values[row] = value;
}

function predictedSeries(
  columns: EpisodeColumns,
  summary: Pick<EpisodeSummary, 'observations' | 'periodSeconds'>,
  range: Range,
): Named[] {
  const { mean, std } = oneStepAhead(columns, summary, range);
  return mean.flatMap((values, channel): Named[] => {
    const spread = (row: number) => 2 * (std[channel]?.[row] ?? Number.NaN);
    return [
      [`predicted ${channel}`, values],
      [`below ${channel}`, values.map((value, row) => value - spread(row))],
      [`above ${channel}`, values.map((value, row) => value + spread(row))],
    ];
  });
}

function planSeries({ insight, rows }: EpisodeColumns, received: Float64Array, { from, to }: Range): Named[] {
  const unknown = new Float32Array(rows).fill(Number.NaN);
  const of = (column: Float32Array | undefined) => Float64Array.from((column ?? unknown).subarray(from, to));
  const expected = of(insight?.expectedReturn);
  const spread = of(insight?.returnStd);
  return [
    ['received', received],
    ['expected', expected],
    ['expectedBelow', expected.map((value, i) => value - 2 * (spread[i] || 0))],
    ['expectedAbove', expected.map((value, i) => value + 2 * (spread[i] || 0))],
    ['disagreement', of(insight?.disagreement)],
    ['knownSteps', of(insight?.knownSteps)],
  ];
}

interface Ahead {
  /** Row of the episode that `reward` begins with. */
  firstRow: number;
  reward: Float64Array;
  /** Of the rows that are asked about. */
  plans: Pick<PlanColumns, 'firstStep' | 'horizon'>;
}

/** The rewards over which the plans of some rows looked ahead; they may reach beyond these rows, and begin before them. */
export async function rewardsAhead(
  log: Pick<Log, 'columns'>,
  { id }: Pick<EpisodeSummary, 'id'>,
  { plans, rows, reward }: EpisodeColumns,
  { first, from, to }: Range & { first: number },
): Promise<Ahead> {
  const none = new Float64Array(to - from).fill(Number.NaN);
  const firstStep = plans?.firstStep.subarray(from, to) ?? none;
  const horizon = plans?.horizon.subarray(from, to) ?? none;
  let [low, high] = [first, first + rows];
  firstStep.forEach((step, i) => {
    if (step < low) low = Math.max(0, step);
    if (step + horizon[i] > high) high = step + horizon[i];
  });
  const around =
    low === first && high === first + rows ? reward : (await log.columns(id, { from: low, to: high })).reward;
  return { firstRow: low, reward: around, plans: { firstStep, horizon } };
}

/**
 * What came of the plan behind each row: the rewards of the steps that it looked ahead over, to hold against the return
 * that it expected. NaN where there was no plan, where a reward is not known, and where the episode was cut off before
 * the plan's end; an episode that its task ended has no more rewards to give, and the plan could know that.
 */
export function receivedReturns(
  { firstRow, reward, plans: { firstStep, horizon } }: Ahead,
  { steps, terminated }: Pick<EpisodeSummary, 'steps' | 'terminated'>,
): Float64Array {
  const before = new Float64Array(reward.length + 1);
  const unknown = new Float64Array(reward.length + 1);
  reward.forEach((value, i) => {
    const known = Number.isFinite(value);
    before[i + 1] = before[i] + (known ? value : 0);
    unknown[i + 1] = unknown[i] + (known ? 0 : 1);
  });
  return firstStep.map((step, row) => {
    // The horizon's observations are one more than its steps: the first is where the plan began.
    const end = step + horizon[row] - 1;
    if (Number.isNaN(end) || (end > steps && !terminated)) return Number.NaN;
    // Row k holds the reward received on arriving there: those of step + 1 … step + horizon.
    const within = (sums: Float64Array) =>
      (sums[Math.min(end, steps) + 1 - firstRow] ?? 0) - (sums[step + 1 - firstRow] ?? 0);
    return within(unknown) > 0 ? Number.NaN : within(before);
  });
}
