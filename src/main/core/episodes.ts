import type { EpisodeView, InsightSeries } from '../../shared/contract';
import {
  type EpisodeColumns,
  type EpisodeSummary,
  INSIGHT_COLUMNS,
  type InsightColumns,
} from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { knownOrNull, knownSeries, type Series } from '../../shared/known';
import { regularSteps } from '../dynamics/data/regular-runs';
import type { EpisodeFilter, Log } from '../log/types';
import { Broadcast, batches } from './stream';

/** What can be shown of an episode at once: rows, and numbers in all its series; tens of megabytes on their way. */
const MOST = { rows: 200_000, numbers: 8_000_000 };

/** The workspace's episodes as rooms show them. */
export class Episodes {
  readonly #changes = new Broadcast<null>();
  #revision = 0;

  constructor(
    private readonly log: Log,
    private readonly most = MOST,
  ) {}

  list(filter: EpisodeFilter = {}): Promise<EpisodeSummary[]> {
    return this.log.episodes(filter);
  }

  /** @throws not-found; bad-file when it is damaged; unavailable when it has more rows than can be shown at once */
  async view(id: number): Promise<EpisodeView> {
    // Before its rows are read: an import may have millions, and each becomes a number of every series.
    const summary = await this.log.episode(id);
    refuseTooLong(summary, this.most);
    const [columns, events] = await Promise.all([
      this.log.columns(id, { predictions: true }),
      this.log.events(id),
    ]);
    const observations = summary.observations.length;
    return {
      summary,
      seconds: Array.from(columns.hostSeconds),
      observations: byChannel(columns.observations, observations, columns.rows),
      actions: byChannel(columns.actions, summary.actions.length, columns.rows),
      reward: knownSeries(columns.reward),
      latenessMs: knownSeries(columns.latenessSeconds.map((s) => s * 1000)),
      planMs: knownSeries(columns.planMs),
      missed: Array.from(columns.missed),
      predicted: oneStepAhead(columns, summary, 'mean'),
      predictedStd: oneStepAhead(columns, summary, 'std'),
      ...(columns.insight && {
        insight: seriesOf(columns.insight),
        plans: columns.predictions.map((plan) =>
          plan ? { firstStep: plan.firstStep, horizon: plan.mean.length / observations - 1 } : null,
        ),
      }),
      events,
    };
  }

  async remove(ids: number[]): Promise<void> {
    await this.log.deleteEpisodes(ids);
    this.changed();
  }

  async tag(ids: number[], tags: string[]): Promise<void> {
    await this.log.tagEpisodes(ids, tags);
    this.changed();
  }

  async undo(): Promise<string | null> {
    const done = await this.log.undo();
    this.changed();
    return done;
  }

  async redo(): Promise<string | null> {
    const done = await this.log.redo();
    this.changed();
    return done;
  }

  /** Tells every window that its list is out of date. */
  changed(): void {
    this.#revision++;
    this.#changes.publish(null);
  }

  async *changes(signal?: AbortSignal): AsyncGenerator<{ revision: number }, void, void> {
    const changes = batches<null, { dirty: true }>(this.#changes, {
      first: { dirty: true },
      empty: () => ({ dirty: true }),
      merge: () => undefined,
      intervalMs: 200,
      signal,
    });
    for await (const _ of changes) yield { revision: this.#revision };
  }
}

function refuseTooLong(summary: EpisodeSummary, most: typeof MOST): void {
  const { id, steps, observations, actions, source } = summary;
  // Observations as measured and as predicted, with their spread; besides actions, what is known of every step.
  const series = 3 * observations.length + actions.length + INSIGHT_COLUMNS.length + 5;
  const rows = Math.min(most.rows, Math.floor(most.numbers / series));
  if (steps < rows) return;
  throw new ForesightError(
    'unavailable',
    `Episode ${id} has ${steps + 1} rows of ${observations.length + actions.length} channels; ` +
      `at most ${rows} of them can be shown at once.`,
    source === 'import'
      ? 'Training and evaluation use it whole. To look at it, import its file in parts, or with a lower --rate.'
      : 'Training and evaluation use it whole. To look at one, record shorter episodes.',
  );
}

function byChannel(matrix: Float64Array, channels: number, rows: number): Series[] {
  return Array.from({ length: channels }, (_, c) =>
    Array.from({ length: rows }, (_, row) => knownOrNull(matrix[row * channels + c]!)),
  );
}

function seriesOf(insight: InsightColumns): InsightSeries {
  const series = INSIGHT_COLUMNS.map((name) => [name, knownSeries(insight[name])]);
  return Object.fromEntries(series) as InsightSeries;
}

/**
 * What the plan behind row j − 1 said about row j, before it was measured: [channel][row]. Nothing where the step was none
 * of one control period: what was measured there tells nothing about the prediction.
 */
function oneStepAhead(
  columns: EpisodeColumns,
  { observations, periodSeconds }: Pick<EpisodeSummary, 'observations' | 'periodSeconds'>,
  part: 'mean' | 'std',
): Series[] {
  const regular = new Set(regularSteps(columns, periodSeconds));
  return observations.map((_, c) =>
    Array.from({ length: columns.rows }, (_unused, row) => {
      const prediction = regular.has(row - 1) ? columns.predictions[row - 1] : undefined;
      if (!prediction) return null;
      const value = prediction[part][(row - prediction.firstStep) * observations.length + c];
      return value === undefined ? null : knownOrNull(value);
    }),
  );
}
