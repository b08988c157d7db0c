import type { EditDone } from '../../shared/episode-list';
import { api } from '../api';
import { useLive } from '../live/live';
import { attempt, forgetEdit, notify } from './notify';
import { queryClient } from './queries';
import { useUi } from './ui-state';

/** Ends the episode or the run in hand and keeps what was recorded. */
export async function finish(): Promise<void> {
  const kind = useLive.getState().activity?.kind;
  if (kind === 'recording') await attempt(() => api().record.finish());
  if (kind === 'running') await attempt(() => api().run.finish());
}

export async function discardEpisode(): Promise<void> {
  if (useLive.getState().activity?.kind === 'recording') await attempt(() => api().record.discard());
}

/**
 * An edit of episodes, with its way back in the notice that says what was done: of this one, whatever was changed after it.
 * @param words what was done, of so many episodes
 * @returns whether it was done
 */
export async function editMany(
  call: () => Promise<EditDone>,
  words: (episodes: number) => string,
): Promise<boolean> {
  const done = await attempt(call);
  if (!done) return false;
  const { edit, episodes } = done;
  if (edit !== null) forgetEdit();
  if (edit === null) notify('info', 'Nothing was to be changed: it was like that already.');
  else notify('info', words(episodes), '', { label: 'Undo', run: () => takeBack(edit) });
  return true;
}

async function takeBack(edit: number): Promise<void> {
  const taken = await attempt(() => api().episodes.takeBack({ edit }));
  if (!taken) return;
  forgetEdit();
  notify('info', taken.done === null ? 'That was taken back already.' : `Taken back: ${taken.done}.`);
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
  forgetEdit();
  await queryClient.invalidateQueries({ queryKey: ['episode-window', id] });
  return true;
}

/** So many exchanges are remembered. */
const MOST_EXCHANGES = 100;
/** Which episodes were exchanged for which by edits of this window, the newest first. */
const exchanges: { old: readonly number[]; made: readonly number[] }[] = [];

/** Episodes were exchanged for others, so that whoever looks at one of them is led to the others by an undo. */
export function replaced(old: readonly number[], made: readonly number[]): void {
  exchanges.unshift({ old, made });
  exchanges.length = Math.min(exchanges.length, MOST_EXCHANGES);
}

/** The episodes that may stand in the place of one that is gone, the likeliest first. */
export function standIns(id: number, parts: readonly { episode: number }[]): number[] {
  const others = exchanges.flatMap(({ old, made }) =>
    made.includes(id) ? old : old.includes(id) ? made : [],
  );
  return [...new Set([...others, ...parts.map(({ episode }) => episode)])];
}

/** Goes on to what has come back where the episode that is looked at is gone. */
async function follow(): Promise<void> {
  const { episode } = useUi.getState();
  if (episode === null) return;
  const shown = await api().episodes.show({ id: episode });
  if (shown.deletedAt === null) return;
  for (const id of standIns(episode, shown.parts)) {
    if ((await api().episodes.show({ id })).deletedAt !== null) continue;
    useUi.setState({ episode: id, episodeRow: 0 });
    return;
  }
}

/** Undoes or redoes the last change to the log, says what it was, and shows what has come back in the place of what is gone. */
export async function editHistory(direction: 'undo' | 'redo'): Promise<void> {
  forgetEdit();
  const result = await attempt(() => (direction === 'undo' ? api().episodes.undo() : api().episodes.redo()));
  if (!result) return;
  // Names of what was learned, and what was removed of it, and notes are in the journal too.
  for (const queryKey of [['models'], ['policies'], ['episode-window']])
    void queryClient.invalidateQueries({ queryKey });
  const { none, done } = HISTORY_WORDS[direction];
  notify('info', result.done === null ? none : `${done}: ${result.done}.`);
  // One that is gone for good is followed nowhere.
  await follow().catch(() => undefined);
}

const HISTORY_WORDS = {
  undo: { none: 'There is nothing to undo.', done: 'Undone' },
  redo: { none: 'There is nothing to redo.', done: 'Done again' },
};
