import type { EpisodeSummary, Outcome } from '../../../shared/episode';
import { api } from '../../api';
import { editHistory, replaced } from '../../store/actions';
import { attempt, attemptEdit, notifyEdit } from '../../store/notify';
import { useUi } from '../../store/ui-state';
import { groupDigits } from '../../ui/format';
import type { KeptPart } from './kept-part';

const undo = { label: 'Undo', run: () => editHistory('undo') };

/** A new episode is there in the place of others: it is shown, and so are the others when that is undone. */
function shown(old: readonly number[], made: readonly number[], words: string): void {
  replaced(old, made);
  useUi.setState({ episode: made[0] ?? null, episodeRow: 0 });
  notifyEdit(words, undo);
}

/** Whether it was done; where not, it has been said why. */
export async function trimEpisode({ id }: EpisodeSummary, { from, to }: KeptPart): Promise<boolean> {
  const made = await attempt(() => api().episodes.trim({ id, from, to: to + 1 }));
  if (!made) return false;
  const steps = `steps ${groupDigits(from)} to ${groupDigits(to)}`;
  shown([id], [made.id], `Episode ${made.id} has ${steps} of episode ${id}.`);
  return true;
}

export async function splitEpisode({ id }: EpisodeSummary, row: number): Promise<void> {
  const made = await attempt(() => api().episodes.split({ id, row }));
  if (!made) return;
  const names = made.ids.join(' and ');
  shown([id], made.ids, `Episode ${id} was split at step ${groupDigits(row)} into ${names}.`);
}

/** Puts episodes of one rig one after the other, in the order in which they began. Whether it was done. */
export async function mergeEpisodes(ids: number[]): Promise<boolean> {
  const made = await attempt(() => api().episodes.merge({ ids }));
  if (!made) return false;
  shown(ids, [made.id], `Episode ${made.id} has ${ids.length} episodes one after the other.`);
  return true;
}

export async function starEpisodes(ids: number[], starred: boolean): Promise<void> {
  await attemptEdit(() => api().episodes.star({ ids, starred }));
}

export async function judgeEpisodes(ids: number[], outcome: Outcome | null): Promise<void> {
  await attemptEdit(() => api().episodes.judge({ ids, outcome }));
}
