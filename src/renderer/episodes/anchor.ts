import { type RefObject, useLayoutEffect, useRef } from 'react';

/** A part of a list: the numbers of episodes, and how many come before them. */
export interface Stretch {
  offset: number;
  ids: readonly number[];
}

/**
 * By how many rows what is in view has moved: of the first of the rows in view that is still there. 0 where nothing of it is.
 * @param first place of the first row in view, before
 */
export function shiftOf(before: Stretch, now: Stretch, first: number): number {
  const inView = before.ids.slice(Math.max(0, first - before.offset));
  for (const [i, id] of inView.entries()) {
    const at = now.ids.indexOf(id);
    if (at >= 0) return now.offset + at - (Math.max(before.offset, first) + i);
  }
  return 0;
}

/**
 * Keeps the rows in view where they are while episodes come and go before them. Somebody who looks at the beginning of the list and
 * has no hand on it sees what is new there.
 * @param list changes with what the list is of: another filter or order begins at its beginning
 */
export function useAnchor(
  scroller: RefObject<HTMLElement | null>,
  stretch: Stretch,
  list: string,
  rowHeight: number,
): void {
  const last = useRef({ stretch, list });
  useLayoutEffect(() => {
    const before = last.current;
    last.current = { stretch, list };
    const element = scroller.current;
    if (!element) return;
    if (before.list !== list) {
      element.scrollTop = 0;
      return;
    }
    if (before.stretch === stretch) return;
    const held = element.matches(':hover') || element.contains(document.activeElement);
    if (element.scrollTop === 0 && !held) return;
    const shift = shiftOf(before.stretch, stretch, Math.floor(element.scrollTop / rowHeight));
    if (shift !== 0) element.scrollTop += shift * rowHeight;
  }, [scroller, stretch, list, rowHeight]);
}
