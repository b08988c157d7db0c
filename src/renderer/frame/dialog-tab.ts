const REACHED =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex]';

/** What Tab reaches inside of an element, in its order. */
function reached(within: Element): HTMLElement[] {
  return [...within.querySelectorAll<HTMLElement>(REACHED)].filter(
    (element) => element.tabIndex >= 0 && element.getClientRects().length > 0,
  );
}

/**
 * Where Tab goes from while a dialog is open, in which it would otherwise go round: behind the dialog's last element comes
 * STOP with what else is in the safety bar, and behind that the dialog's first. From anywhere outside of both it goes to STOP.
 * @returns null where the browser's own next element is the right one
 */
export function tabTarget<T>(
  dialog: readonly T[],
  bar: readonly T[],
  active: T | null,
  back: boolean,
): T | null {
  const inside = [dialog, bar].find((part) => active !== null && part.includes(active));
  if (!inside) return bar[0] ?? null;
  const other = inside === dialog ? bar : dialog;
  const edge = back ? inside[0] : inside.at(-1);
  if (edge !== active || other.length === 0) return null;
  return (back ? other.at(-1) : other[0]) ?? null;
}

/** Takes Tab over where it would not reach STOP. @returns whether it did */
export function tabInDialog(event: KeyboardEvent): boolean {
  const dialog = [...document.querySelectorAll('[role="dialog"][aria-modal="true"]')].at(-1);
  const bar = document.querySelector('.estop-bar');
  if (event.key !== 'Tab' || !dialog || !bar) return false;
  const active = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const target = tabTarget(reached(dialog), reached(bar), active, event.shiftKey);
  if (target === null) return false;
  event.preventDefault();
  // The dialog's own round would go on from where the focus now is.
  event.stopImmediatePropagation();
  target.focus();
  return true;
}
