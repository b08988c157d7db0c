import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { EpisodeFilter, EpisodeSorting } from '../../shared/episode-list';
import { FLAG_WORDS } from '../../shared/flags';
import { formatCount, formatTime, groupDigits } from '../ui/format';

/** How the room's list is looked at. */
export interface ListView {
  filter: EpisodeFilter;
  sorting: EpisodeSorting;
}

const USUAL: ListView = { filter: {}, sorting: { order: 'number', descending: true } };

/** Kept over a reload. */
export const useListView = create<ListView>()(
  persist(() => USUAL, { name: 'foresight.episodes.list', merge: (kept) => keptView(kept) }),
);

/** A view as it was kept, field by field: one that another version called differently costs none of the others. */
export function keptView(kept: unknown): ListView {
  const { filter = {}, sorting } = (kept ?? {}) as { filter?: Record<string, unknown>; sorting?: unknown };
  const known = Object.entries(EpisodeFilter.shape).flatMap(([key, schema]) => {
    const parsed = schema.safeParse(filter[key]);
    return parsed.success && parsed.data !== undefined ? [[key, parsed.data] as const] : [];
  });
  return {
    filter: Object.fromEntries(known),
    sorting: EpisodeSorting.safeParse(sorting).data ?? USUAL.sorting,
  };
}

/** The filter with some of it changed; what is undefined, empty or off is not asked for any more. */
export function changedFilter(filter: EpisodeFilter, change: Partial<EpisodeFilter>): EpisodeFilter {
  const kept = Object.entries({ ...filter, ...change }).filter(
    ([, value]) =>
      value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}

/** Another column begins where people look first: with the newest, the longest, the best; the same one turns round. */
export const sortedBy = (sorting: EpisodeSorting, order: EpisodeSorting['order']): EpisodeSorting => ({
  order,
  descending: sorting.order === order ? !sorting.descending : true,
});

/** How much of it is asked for beside the search: what stands behind the button "Filter". */
export function narrowings({ text: _, rig: __, ...more }: EpisodeFilter): number {
  return Object.keys(more).length;
}

const DAY_MS = 24 * 3600 * 1000;

/** "2026-03-04" of a time, for a date field, and back: when that day begins here. */
export const dayOf = (unixMs: number | undefined): string =>
  unixMs === undefined ? '' : formatTime(unixMs).slice(0, 10);
export const beginOf = (day: string): number | undefined =>
  day === '' ? undefined : new Date(`${day}T00:00`).getTime();
/** When the day after it begins: a day may have 23 or 25 hours. */
export function endOf(day: string): number | undefined {
  const begin = beginOf(day);
  return begin === undefined ? undefined : beginOf(dayOf(begin + 1.5 * DAY_MS));
}

/** What is asked for, as a person says it; '' for everything. */
export function filterWords(filter: EpisodeFilter): string {
  const { rig, source, states, outcome, starred, tags, run, from, to, doubtful, flags, deleted, text } =
    filter;
  const said: (string | false | undefined)[] = [
    rig !== undefined && `of ${rig}`,
    source !== undefined && `from ${source}`,
    states?.join(' or '),
    outcome !== undefined && (outcome === 'none' ? 'not judged' : `judged ${outcome}`),
    starred && 'starred',
    doubtful && 'doubtful',
    flags !== undefined && `flagged ${flags.map((kind) => FLAG_WORDS[kind]).join(' or ')}`,
    tags !== undefined && `tagged ${tags.join(' and ')}`,
    run !== undefined && `of run ${run}`,
    from !== undefined && `since ${dayOf(from)}`,
    to !== undefined && `until ${dayOf(to - 1)}`,
    text !== undefined && text.trim() !== '' && `with “${text.trim()}”`,
    deleted === 'too' && 'deleted ones too',
    deleted === 'only' && 'only deleted ones',
  ];
  return said.filter((part) => part !== false && part !== undefined).join(', ');
}

/** "12 of 340 221 episodes, judged failure: 2 400 steps". `all`: without a filter, null while nobody knows. */
export function listedWords(
  { total, steps }: { total: number; steps: number },
  all: number | null,
  filter: EpisodeFilter,
): string {
  const asked = filterWords(filter);
  const several = formatCount(steps, 'step');
  if (asked === '') return `${formatCount(total, 'episode')}: ${several}`;
  const of =
    all === null || filter.deleted !== undefined
      ? formatCount(total, 'episode')
      : `${groupDigits(total)} of ${formatCount(all, 'episode')}`;
  return `${of}, ${asked}: ${several}`;
}
