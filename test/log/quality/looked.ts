import { emptyColumns } from '../../../src/main/log/chunks';
import { finished, lookAtRows } from '../../../src/main/log/quality/look';
import type { LookedAt } from '../../../src/main/log/quality/types';
import type { ChannelInfo, EpisodeColumns } from '../../../src/shared/episode';
import type { EpisodeFlag } from '../../../src/shared/flags';

export interface Recorded {
  episode: LookedAt;
  columns: EpisodeColumns;
}

/** The flags of rows that come in pieces of `length`, as they lie in the log. */
export function flagsOf({ episode, columns }: Recorded, length = 1024): EpisodeFlag[] {
  const cut = (from: number, to: number) => slice({ episode, columns }, from, to);
  const pieces = Array.from({ length: Math.ceil(columns.rows / length) }, (_, i) => ({
    ...cut(i * length, Math.min(columns.rows, (i + 1) * length)),
    firstRow: i * length,
  }));
  return finished(lookAtRows(episode, pieces, cut)).flags;
}

/** "jerk q", sorted: which kinds were found of which channels. */
export const kinds = (flags: readonly EpisodeFlag[]): string[] =>
  flags.map(({ kind, channel }) => (channel === null ? kind : `${kind} ${channel}`)).sort();

function slice({ episode, columns }: Recorded, from: number, to: number): EpisodeColumns {
  const [o, a] = [episode.observations.length, episode.actions.length];
  return {
    ...columns,
    rows: to - from,
    hostSeconds: columns.hostSeconds.slice(from, to),
    deviceSeconds: columns.deviceSeconds.slice(from, to),
    reward: columns.reward.slice(from, to),
    latenessSeconds: columns.latenessSeconds.slice(from, to),
    observations: columns.observations.slice(from * o, to * o),
    actions: columns.actions.slice(from * a, to * a),
  };
}

export const channel = (name: string, unit: string, change: Partial<ChannelInfo> = {}): ChannelInfo => ({
  ...{ name, unit, angle: false, limits: null },
  ...change,
});

/** An episode of these channels whose numbers are yet to be written; its clocks go regularly. */
export function blank(
  rows: number,
  observations: ChannelInfo[],
  actions: ChannelInfo[],
  periodSeconds = 0.02,
): Recorded {
  const columns = emptyColumns(rows, { observations: observations.length, actions: actions.length });
  for (let row = 0; row < rows; row++) {
    columns.hostSeconds[row] = row * periodSeconds;
    columns.deviceSeconds[row] = 100 + row * periodSeconds;
  }
  columns.actions.fill(Number.NaN);
  return { columns, episode: { observations, actions, periodSeconds, rows, events: [] } };
}
