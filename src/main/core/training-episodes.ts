import type { EpisodeSummary } from '../../shared/episode';
import { type EpisodeFilter, USABLE_STATES } from '../../shared/episode-list';
import { ForesightError } from '../../shared/errors';
import type { EpisodeStretch } from '../../shared/model';
import { sampledStretches, unseenStretches } from '../dynamics/data/stretches';
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
  const usable = { states: [...USABLE_STATES] };
  const { episodes: numbers } = input;
  if (numbers) {
    const twice = numbers.find((id, i) => numbers.indexOf(id) !== i);
    if (twice !== undefined) {
      throw new ForesightError('wrong-use', `Episode ${twice} was named twice.`, 'Name every episode once.');
    }
    const found = await log.episodes({ ...usable, numbers });
    const missing = numbers.find((id) => !found.some((episode) => episode.id === id));
    if (missing === undefined) return inTime(found);
    throw new ForesightError(
      'not-found',
      `There is no usable episode ${missing} in this workspace.`,
      'List them with: foresight episode list.',
    );
  }
  const rig = input.rig ?? (await oldestRig(log, usable));
  const chosen = rig === undefined ? [] : inTime(await log.episodes({ ...usable, rig }));
  if (chosen.length > 0) return chosen;
  throw new ForesightError(
    'bad-data',
    rig ? `There is no episode of the rig ${rig} to learn from.` : 'There is no episode to learn from.',
    'Record some first: foresight record, or the room Record.',
  );
}

async function oldestRig(log: Log, filter: EpisodeFilter): Promise<string | undefined> {
  const { episodes } = await log.episodePage({ ...filter, descending: false, limit: 1 });
  return episodes[0]?.rig;
}

const inTime = (episodes: EpisodeSummary[]): EpisodeSummary[] =>
  episodes.sort((a, b) => a.startedAt - b.startedAt || a.id - b.id);

/**
 * Their rows by now, as jobs read them from the log by themselves. Of an episode that was trimmed, split or merged those of its
 * recordings, a stretch a part: nothing is learned across a seam, nothing twice, and what a model learned from is known by the rows
 * themselves, whatever is edited later.
 */
export function stretchesOf(chosen: readonly EpisodeSummary[]): EpisodeStretch[] {
  const stretches: EpisodeStretch[] = [];
  const edited = new Set(chosen.flatMap(({ parts }) => parts.map(({ episode }) => episode)));
  for (const { id, steps, parts } of chosen) {
    // An episode without a step has one row or none.
    const shown = parts.length > 0 ? parts : [{ episode: id, from: 0, to: steps + 1 }];
    for (const { episode, from, to } of shown) {
      const stretch = { episode, firstRow: from, rows: to - from };
      stretches.push(...(edited.has(episode) ? unseenStretches([stretch], stretches) : [stretch]));
    }
  }
  return stretches;
}

/** A recorded episode from a row on, up to what there is by now: it may still be running. */
export interface EpisodePart {
  episode: number;
  firstRow: number;
}

/** The rows of parts; those without a transition are left out. */
export async function partsByNow(log: Log, parts: readonly EpisodePart[]): Promise<EpisodeStretch[]> {
  const found = await Promise.all(
    parts.map(async ({ episode, firstRow }) => {
      const { steps } = await log.episode(episode);
      return { episode, firstRow, rows: Math.max(0, steps + 1 - firstRow) };
    }),
  );
  return found.filter(({ rows }) => rows > 1);
}

/** Of the stretches as much as is enough to compare a model with: all of little, and pieces spread over much. */
const COMPARED = { most: 20_000, piece: 500 };

/** Recorded rows to compare a model with, in memory. */
export function loadSample(log: Log, stretches: readonly EpisodeStretch[]): Promise<TrainingEpisode[]> {
  return Promise.all(
    sampledStretches(stretches, COMPARED).map(async ({ episode, firstRow, rows: count }) => {
      const read = await log.columns(episode, { from: firstRow, to: firstRow + count });
      const { rows, observations, actions, deviceSeconds, reward } = read;
      return { id: episode, firstRow, columns: { rows, observations, actions, deviceSeconds, reward } };
    }),
  );
}
