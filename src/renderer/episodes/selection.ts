import type { ChosenEpisodes, EpisodeFilter } from '../../shared/episode-list';
import { formatCount, groupDigits } from '../ui/format';

/** What is picked in a list: some by their numbers, or all that match its filter but a few. */
export type Selection =
  | { kind: 'some'; ids: ReadonlySet<number> }
  | { kind: 'all'; except: ReadonlySet<number> };

export const NOTHING: Selection = { kind: 'some', ids: new Set() };
export const EVERYTHING: Selection = { kind: 'all', except: new Set() };

/** So many are picked by their numbers; more by "all that match". */
export const MOST_PICKED = 100_000;

/** What is said where only the first of those that match are taken; null where all are. */
export function cutWords(matching: number, taken: number): string | null {
  if (matching <= taken) return null;
  return `These are the first ${groupDigits(taken)} of ${formatCount(matching, 'episode')} that match.`;
}

export const isPicked = (selection: Selection, id: number): boolean =>
  selection.kind === 'all' ? !selection.except.has(id) : selection.ids.has(id);

/** @param total of those that match */
export const pickedCount = (selection: Selection, total: number): number =>
  selection.kind === 'all' ? Math.max(0, total - selection.except.size) : selection.ids.size;

export function toggled(selection: Selection, id: number): Selection {
  const set = new Set(selection.kind === 'all' ? selection.except : selection.ids);
  if (!set.delete(id)) set.add(id);
  return selection.kind === 'all' ? { kind: 'all', except: set } : { kind: 'some', ids: set };
}

/** With these picked as well. */
export function withPicked(selection: Selection, ids: readonly number[]): Selection {
  if (selection.kind === 'some') return { kind: 'some', ids: new Set([...selection.ids, ...ids]) };
  const except = new Set(selection.except);
  for (const id of ids) except.delete(id);
  return { kind: 'all', except };
}

/**
 * What a button that acts on episodes acts on: those that are picked, the one that is looked at where none is and the list has
 * it; null for nothing.
 */
export function chosenOf(
  selection: Selection,
  filter: EpisodeFilter,
  shown: number | null,
): ChosenEpisodes | null {
  if (selection.kind === 'all') return { matching: filter, except: [...selection.except] };
  if (selection.ids.size > 0) return { ids: [...selection.ids] };
  return shown === null ? null : { ids: [shown] };
}

/** The few that are picked to be laid over each other, the oldest first; null where it is one, or too many to tell apart. */
export function comparedOf(selection: Selection): number[] | null {
  if (selection.kind === 'all') return null;
  const { size } = selection.ids;
  return size >= 2 && size <= MOST_COMPARED ? [...selection.ids].sort((a, b) => a - b) : null;
}
export const MOST_COMPARED = 6;
