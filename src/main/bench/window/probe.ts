/**
 * What the bench runs inside the page: waits for what a person would see, and times what a person would wait for. Written out
 * by `toString`, so it uses nothing from outside.
 */
export function probe() {
  const at = (id: string) => document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
  const frame = () => new Promise<number>((resolve) => window.requestAnimationFrame(resolve));
  /** Until an element is there, and the frame that shows it has been made. */
  const until = async (id: string, is: (element: HTMLElement) => boolean): Promise<number> => {
    const end = performance.now() + 60_000;
    for (let element = at(id); !element || !is(element); element = at(id)) {
      if ((await frame()) > end) throw new Error(`"${id}" is not there`);
    }
    await frame();
    return performance.now();
  };
  const shown = (id: string) => until(id, () => true);
  const pressable = (id: string) =>
    until(id, (element) => !element.matches(':disabled, [data-disabled=true]'));
  return {
    shown,
    /** Ms from a click to the frame in which what it opens is shown. */
    async clickToShown(click: string, id: string): Promise<number> {
      await pressable(click);
      const began = performance.now();
      at(click)?.click();
      return (await shown(id)) - began;
    },
    async click(id: string): Promise<void> {
      await pressable(id);
      at(id)?.click();
    },
    /** Presses again until it worked: the core refuses a run while it has not yet heard this page's beats. */
    async press(button: string, id: string): Promise<void> {
      for (let tries = 0; tries < 10 && !at(id); tries++) {
        if (at(button)) await pressable(button);
        at(button)?.click();
        const end = performance.now() + 3000;
        while (!at(id) && performance.now() < end) await frame();
      }
      await shown(id);
    },
  };
}
