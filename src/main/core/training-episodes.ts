import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { episodeRows } from '../dynamics/data/splits';
import type { TrainingEpisode } from '../dynamics/types';
import type { Log } from '../log/types';

/**
 * The usable ones of the named episodes or, without names, all of the rig's; in the order in which they were recorded,
 * whatever the order of the names: what is newer may weigh more.
 * @throws wrong-use, not-found, bad-data
 */
export async function chooseEpisodes(
  log: Log,
  input: { episodes?: number[]; rig?: string },
): Promise<EpisodeSummary[]> {
  const usable = (e: EpisodeSummary) =>
    (e.state === 'complete' || e.state === 'interrupted') && e.deletedAt === null;
  const all = await log.episodes();
  if (input.episodes) {
    const twice = input.episodes.find((id, i) => input.episodes?.indexOf(id) !== i);
    if (twice !== undefined) {
      throw new ForesightError('wrong-use', `Episode ${twice} was named twice.`, 'Name every episode once.');
    }
    return inTime(
      input.episodes.map((id) => {
        const found = all.find((e) => e.id === id && usable(e));
        if (found) return found;
        throw new ForesightError(
          'not-found',
          `There is no usable episode ${id} in this workspace.`,
          'List them with: foresight episode list.',
        );
      }),
    );
  }
  const rig = input.rig ?? all.filter(usable).at(0)?.rig;
  const chosen = inTime(all.filter((e) => usable(e) && e.rig === rig));
  if (chosen.length > 0) return chosen;
  throw new ForesightError(
    'bad-data',
    rig ? `There is no episode of the rig ${rig} to learn from.` : 'There is no episode to learn from.',
    'Record some first: foresight record, or the room Record.',
  );
}

const inTime = (episodes: EpisodeSummary[]): EpisodeSummary[] =>
  episodes.sort((a, b) => a.startedAt - b.startedAt || a.id - b.id);

/** Their columns, as training and evaluation take them. */
export function loadEpisodes(
  log: Log,
  chosen: readonly Pick<EpisodeSummary, 'id'>[],
): Promise<TrainingEpisode[]> {
  return Promise.all(
    chosen.map(async ({ id }) => {
      const { rows, observations, actions, deviceSeconds, reward } = await log.columns(id);
      return { id, columns: { rows, observations, actions, deviceSeconds, reward } };
    }),
  );
}

/** A recorded episode from a row on, up to what there is by now: it may still be running. */
export interface EpisodePart {
  episode: number;
  firstRow: number;
}

/** Their columns; parts without a transition are left out. */
export async function loadParts(log: Log, parts: readonly EpisodePart[]): Promise<TrainingEpisode[]> {
  const loaded = await loadEpisodes(
    log,
    parts.map(({ episode }) => ({ id: episode })),
  );
  return loaded
    .map((episode, i) => episodeRows(episode, parts[i]?.firstRow ?? 0, episode.columns.rows))
    .filter(({ columns }) => columns.rows > 1);
}
