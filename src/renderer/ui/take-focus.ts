/** As `ref`: the keyboard goes on here once it is there, where what had the focus has gone. */
export const takeFocus = (element: HTMLElement | null): void => element?.focus();
