import type { ChannelInfo, EpisodeColumns } from '../../shared/episode';
import type { Random } from '../../shared/random';
import type { Log } from '../log/types';

export const MADE_CHANNELS: { observations: ChannelInfo[]; actions: ChannelInfo[]; periodSeconds: number } = {
  observations: [{ name: 'x', unit: 'm', angle: false, limits: null }],
  actions: [{ name: 'force', unit: 'N', angle: false, limits: null }],
  periodSeconds: 0.02,
};

/** A point that is pushed about at random. */
export function madeColumns(rows: number, random: Random): EpisodeColumns {
  const zeros = () => new Float64Array(rows);
  const seconds = Float64Array.from({ length: rows }, (_, row) => row * MADE_CHANNELS.periodSeconds);
  const actions = Float64Array.from({ length: rows }, (_, row) =>
    row === rows - 1 ? Number.NaN : random.uniformIn(-1, 1),
  );
  const observations = zeros();
  for (let row = 1; row < rows; row++) observations[row] = 0.9 * observations[row - 1] + actions[row - 1];
  return {
    ...{ rows, hostSeconds: seconds, deviceSeconds: seconds, observations, actions, requested: actions },
    ...{ reward: zeros(), latenessSeconds: zeros(), missed: zeros() },
    planMs: zeros().fill(Number.NaN),
    predictions: new Array(rows).fill(undefined),
  };
}

/** So many episodes with the same rows in one import. */
export async function addMadeEpisodes(log: Log, count: number, columns: EpisodeColumns): Promise<void> {
  const whole = {
    episode: {
      ...{ rig: 'bench', rigFile: {}, source: 'import' as const, run: null, seed: null },
      ...MADE_CHANNELS,
    },
    ...{ startedAt: 0, columns, terminated: false, reason: '', tags: [] },
  };
  await log.addEpisodes(new Array(count).fill(whole), 'Imported many');
}
