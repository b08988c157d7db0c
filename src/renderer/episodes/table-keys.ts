import { type KeyboardEvent, useEffect, useRef } from 'react';
import { api } from '../api';
import { attempt } from '../store/notify';
import type { Stretch } from './anchor';
import type { EpisodeList } from './list';

const PAGE_ROWS = 15;

interface Table {
  stretch: Stretch;
  onShow(id: number): void;
  reveal(index: number): void;
}

/** The list by keys alone: arrows, Page, Home and End go, with Shift they pick; X picks, S stars, Delete deletes, Ctrl A picks all. */
export function useTableKeys(list: EpisodeList, { stretch, onShow, reveal }: Table) {
  const { shown, total } = list;
  /** Where the row that is looked at was when it was gone to; live changes move it, and then the list says where it is. */
  const cursor = useRef<{ id: number; index: number } | null>(null);
  const within = shown === null ? -1 : stretch.ids.indexOf(shown);
  const remembered = cursor.current?.id === shown ? cursor.current?.index : undefined;
  const at = within >= 0 ? stretch.offset + within : (remembered ?? list.place ?? -1);

  // What was asked for from elsewhere is brought into view, once.
  const revealed = useRef<number | null>(null);
  useEffect(() => {
    if (shown === null || at < 0 || revealed.current === shown) return;
    revealed.current = shown;
    reveal(at);
  });

  const go = async (to: number, picking: boolean) => {
    const index = Math.min(total - 1, Math.max(0, to));
    if (index < 0) return;
    const id =
      stretch.ids[index - stretch.offset] ??
      (await attempt(() => api().episodes.numbers({ ...list.asked, offset: index, limit: 1 })))?.[0];
    if (id === undefined) return;
    if (picking && list.begun === null) list.begin(Math.max(0, at));
    cursor.current = { id, index };
    revealed.current = id;
    onShow(id);
    reveal(index);
    if (picking) await list.pickRange(index);
    else list.begin(index);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // Keys of a field or list within the table are its own.
    if (event.target instanceof HTMLSelectElement || event.altKey) return;
    const steps: Record<string, number> = {
      ...{ ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE_ROWS, PageUp: at - PAGE_ROWS },
      ...{ Home: 0, End: total - 1 },
    };
    const to = steps[event.key];
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (to !== undefined && !control) void go(to, event.shiftKey);
    else if (control && key === 'a') list.pickAll(true);
    else if (control) return;
    else if (key === 'x' && shown !== null && at >= 0) list.toggle(shown, at);
    else if (key === 's') void list.star();
    else if (event.key === 'Delete') void list.remove();
    else return;
    event.preventDefault();
  };

  return {
    onKeyDown,
    /** A row was gone to with the pointer. */
    at: (id: number, index: number) => {
      cursor.current = { id, index };
      revealed.current = id;
    },
  };
}
