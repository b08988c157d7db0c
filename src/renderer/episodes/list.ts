import { useDebouncedValue } from '@mantine/hooks';
import { useCallback, useMemo, useState } from 'react';
import type { Outcome } from '../../shared/episode';
import type { EditDone, EpisodeFilter, EpisodeSorting, ListedEpisode } from '../../shared/episode-list';
import { api } from '../api';
import { editMany } from '../store/actions';
import { useEpisode, useEpisodeOverview, useEpisodePage, useEpisodePlace } from '../store/episode-lists';
import { attempt, notify } from '../store/notify';
import { useUi } from '../store/ui-state';
import { formatCount } from '../ui/format';
import { changedFilter, useListView } from './list-view';
import {
  chosenOf,
  comparedOf,
  cutWords,
  EVERYTHING,
  isPicked,
  MOST_PICKED,
  NOTHING,
  pickedCount,
  type Selection,
  toggled,
  withPicked,
} from './selection';

/** Rows that are asked for: those in view, and as many before and behind them. */
const STEP = 50;
const AT_ONCE = 3 * STEP;
/** Whoever types is not answered letter by letter. */
const TYPING_MS = 150;

const NO_PAGE: { offset: number; episodes: ListedEpisode[] } = { offset: 0, episodes: [] };

/** The room's list: what is filtered, picked and looked at, and what follows from it. */
export function useEpisodeList() {
  const { filter, sorting } = useListView();
  const [settled] = useDebouncedValue(filter, TYPING_MS);
  const shown = useUi((s) => s.episode);
  const [offset, setOffset] = useState(0);
  const asked = useMemo(() => ({ ...settled, ...sorting }), [settled, sorting]);
  const overview = useEpisodeOverview();
  const query = useEpisodePage({ ...asked, offset, limit: AT_ONCE });
  const data = query.data;
  const page = useMemo(
    () => (data ? { offset: data.asked.offset ?? 0, episodes: data.episodes } : NO_PAGE),
    [data],
  );
  const total = data?.total ?? 0;
  const inPage = page.episodes.find(({ id }) => id === shown);
  const place = useEpisodePlace(inPage ? null : shown, settled, sorting).data;
  const found = useEpisode(shown).data;
  const detail = found?.id === shown ? found : undefined;
  const picks = usePicks(asked, total);
  const { selection, setSelection } = picks;
  const chosen = chosenOf(selection, settled, inPage || typeof place === 'number' ? shown : null);
  const begin = () => {
    setOffset(0);
    picks.clear();
  };
  return {
    ...{ error: query.error ?? overview.error, refetch: query.refetch, isLoading: query.isLoading },
    ...{ overview: overview.data, page, total, steps: data?.steps ?? 0, asked, place, ...picks },
    ...{ shown, detail, filter, sorting, listed: listOf(data?.asked) },
    severalRigs: filter.rig === undefined && (overview.data?.rigs.length ?? 0) !== 1,
    count: pickedCount(selection, total),
    lookFrom: useCallback(
      (first: number) => setOffset(Math.max(0, Math.floor(first / STEP) * STEP - STEP)),
      [],
    ),
    setFilter: (change: Partial<EpisodeFilter>) => {
      useListView.setState({ filter: changedFilter(filter, change) });
      begin();
    },
    clearFilter: () => {
      useListView.setState({ filter: {} });
      begin();
    },
    setSorting: (wanted: EpisodeSorting) => {
      useListView.setState({ sorting: wanted });
      setOffset(0);
    },
    ...useMarks(chosen, {
      page,
      picked: (id) =>
        selection.kind === 'some' && selection.ids.size === 0 ? id === shown : isPicked(selection, id),
      onRemoved: () => setSelection(NOTHING),
    }),
    ...useComparing(selection, shown),
    chosen,
    /** Which the chosen are by now, as many as a message holds; undefined where that could not be asked. */
    chosenNumbers: async () => {
      if (chosen?.matching === undefined) return chosen?.ids ?? [];
      const all = { ...chosen.matching, descending: false, limit: MOST_PICKED };
      const without = new Set(chosen.except);
      const found = await attempt(() => api().episodes.numbers(all));
      const cut = found && cutWords(total, found.length);
      if (cut)
        notify(
          'warning',
          cut,
          'Narrow the filter to take the others, or use the command line: it takes all.',
        );
      return found?.filter((id) => !without.has(id));
    },
  };
}
export type EpisodeList = ReturnType<typeof useEpisodeList>;

/** What a page is one of. */
function listOf(asked: { offset?: number; limit?: number } = {}): string {
  const { offset: _, limit: __, ...list } = asked;
  return JSON.stringify(list);
}

/** What is picked, and from which row on the next is picked with Shift. */
function usePicks(asked: EpisodeFilter & EpisodeSorting, total: number) {
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [begun, setBegun] = useState<number | null>(null);
  return {
    ...{ selection, setSelection, begun, begin: (index: number) => setBegun(index) },
    clear: () => {
      setSelection(NOTHING);
      setBegun(null);
    },
    toggle: (id: number, index: number) => {
      setSelection((now) => toggled(now, id));
      setBegun(index);
    },
    pickAll: (all: boolean) => setSelection(all && total > 0 ? EVERYTHING : NOTHING),
    /** From where picking began to here, loaded or not. */
    pickRange: async (index: number) => {
      const [from, to] = [Math.min(begun ?? index, index), Math.max(begun ?? index, index)];
      if (begun === null) setBegun(index);
      if (to - from >= MOST_PICKED) {
        notify(
          'warning',
          `${formatCount(to - from + 1, 'episode')} are more than are picked one by one.`,
          'Pick all that match with the box above the list, and narrow the filter.',
        );
        return;
      }
      const ids = await attempt(() =>
        api().episodes.numbers({ ...asked, offset: from, limit: to - from + 1 }),
      );
      if (ids) setSelection((now) => withPicked(now, ids));
    },
  };
}

interface Marked {
  page: { episodes: ListedEpisode[] };
  picked(id: number): boolean;
  onRemoved(): void;
}

/** What is done with the chosen: each one edit, with a way back in the notice. */
function useMarks(chosen: ReturnType<typeof chosenOf>, { page, picked, onRemoved }: Marked) {
  const edit = async (
    call: (which: NonNullable<typeof chosen>) => Promise<EditDone>,
    words: (what: string) => string,
  ) => {
    if (chosen === null) return false;
    const [only, ...more] = chosen.ids ?? [];
    const one = only !== undefined && more.length === 0 ? `Episode ${only}` : undefined;
    return editMany(
      () => call(chosen),
      (episodes) => words(one ?? formatCount(episodes, 'episode')),
    );
  };
  const star = (starred = !page.episodes.some((one) => picked(one.id) && one.starred)) =>
    edit(
      (which) => api().episodes.star({ ...which, starred }),
      (what) => (starred ? `${what} starred.` : `${what}: no star any more.`),
    );
  return {
    star,
    judge: (outcome: Outcome | null) =>
      edit(
        (which) => api().episodes.judge({ ...which, outcome }),
        (what) => (outcome === null ? `${what}: not judged any more.` : `${what} judged: ${outcome}.`),
      ),
    retag: (add: string[], remove: string[]) =>
      edit(
        (which) => api().episodes.retag({ ...which, add, remove }),
        (what) => `${what} tagged anew.`,
      ),
    remove: async () => {
      if (
        await edit(
          (which) => api().episodes.remove(which),
          (what) => `${what} deleted.`,
        )
      )
        onRemoved();
    },
  };
}

/** Which few are laid over each other instead of the one that is looked at. */
function useComparing(selection: Selection, shown: number | null) {
  const few = comparedOf(selection);
  const [comparing, setComparing] = useState<{ ids: number[]; beside: number | null } | null>(null);
  return {
    // Whoever goes to another episode, here or from elsewhere, has done with comparing.
    compared: comparing?.beside === shown ? comparing.ids : null,
    endComparison: () => setComparing(null),
    /** Left out unless two or a few are picked. */
    compare: few ? () => setComparing({ ids: few, beside: shown }) : undefined,
  };
}
