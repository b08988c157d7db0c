import { api } from '../api';
import { useLive } from '../live/live';
import { attempt, notify } from './notify';
import { queryClient } from './queries';

/** Ends the episode or the run in hand and keeps what was recorded. */
export async function finish(): Promise<void> {
  const kind = useLive.getState().activity?.kind;
  if (kind === 'recording') await attempt(() => api().record.finish());
  if (kind === 'running') await attempt(() => api().run.finish());
}

export async function discardEpisode(): Promise<void> {
  if (useLive.getState().activity?.kind === 'recording') await attempt(() => api().record.discard());
}

/** Brings deleted episodes back, whatever was changed after they were deleted. */
export async function restoreEpisodes(ids: number[]): Promise<void> {
  if (await attempt(() => api().episodes.restore({ ids }))) notify('info', 'They are back.');
}

/** The same of a policy that was removed. */
export async function restorePolicy(hash: string): Promise<void> {
  if (!(await attempt(() => api().policies.restore({ hash })))) return;
  await queryClient.invalidateQueries({ queryKey: ['policies'] });
  notify('info', 'It is back.');
}

/** @param second of the episode; its end when left out. Returns whether it is in the log. */
export async function addNote(id: number, text: string, second?: number): Promise<boolean> {
  const at = second === undefined ? {} : { at: second };
  if (!(await attempt(() => api().episodes.note({ id, text, ...at })))) return false;
  await queryClient.invalidateQueries({ queryKey: ['episode-window', id] });
  return true;
}

/** Undoes or redoes the last change to the log and says what it was. */
export async function editHistory(direction: 'undo' | 'redo'): Promise<void> {
  const result = await attempt(() => (direction === 'undo' ? api().episodes.undo() : api().episodes.redo()));
  if (!result) return;
  // Names of what was learned, and what was removed of it, and notes are in the journal too.
  for (const queryKey of [['models'], ['policies'], ['episode-window']])
    void queryClient.invalidateQueries({ queryKey });
  notify(
    'info',
    result.done ?? (direction === 'undo' ? 'There is nothing to undo.' : 'There is nothing to redo.'),
  );
}
