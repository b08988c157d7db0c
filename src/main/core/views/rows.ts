import { type EpisodeColumns, type EpisodeSummary, INSIGHT_COLUMNS } from '../../../shared/episode';
import type { EpisodeRows, InsightSeries } from '../../../shared/episode-rows';
import { knownSeries } from '../../../shared/known';
import type { Log } from '../../log/types';
import { channelOf, oneStepAhead, type Range, readAround, receivedReturns, rewardsAhead } from './series';

/** Rows `from` to `to` (exclusive, and no more than there are) as they were recorded, with what was said about them. */
export async function readRows(
  log: Pick<Log, 'columns'>,
  summary: EpisodeSummary,
  rows: Range,
): Promise<EpisodeRows> {
  const { columns, first, range } = await readAround(log, summary, rows);
  const { observations, actions } = summary;
  const cut = (values: Float64Array) => values.subarray(range.from, range.to);
  const ahead = oneStepAhead(columns, summary, range);
  return {
    seconds: Array.from(cut(columns.hostSeconds)),
    observations: byChannel(columns.observations, observations.length, range),
    actions: byChannel(columns.actions, actions.length, range),
    reward: knownSeries(cut(columns.reward)),
    latenessMs: knownSeries(cut(columns.latenessSeconds).map((s) => s * 1000)),
    planMs: knownSeries(cut(columns.planMs)),
    missed: Array.from(cut(columns.missed)),
    predicted: ahead.mean.map(knownSeries),
    predictedStd: ahead.std.map(knownSeries),
    ...plansOf(columns, range),
    ...(columns.insight && {
      received: knownSeries(
        receivedReturns(await rewardsAhead(log, summary, columns, { first, ...range }), summary),
      ),
    }),
  };
}

function byChannel(matrix: Float64Array, channels: number, range: Range) {
  return Array.from({ length: channels }, (_, c) => knownSeries(channelOf(matrix, channels, c, range)));
}

function plansOf(
  { insight, plans }: EpisodeColumns,
  { from, to }: Range,
): Pick<EpisodeRows, 'insight' | 'plans'> {
  if (insight === undefined) return {};
  const series = INSIGHT_COLUMNS.map((name) => [name, knownSeries(insight[name].subarray(from, to))]);
  const planOf = (row: number) => {
    const [firstStep, horizon] = [plans?.firstStep[row] ?? Number.NaN, plans?.horizon[row] ?? Number.NaN];
    return Number.isNaN(horizon) ? null : { firstStep, horizon: horizon - 1 };
  };
  return {
    insight: Object.fromEntries(series) as InsightSeries,
    plans: Array.from({ length: to - from }, (_, i) => planOf(from + i)),
  };
}
