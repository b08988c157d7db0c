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
  /** The slider of an episode is at a share of its way, as by a pointer that is dragged. */
  const drag = (share: number): number => {
    const slider = at('scrubber');
    if (!slider) throw new Error('the scrubber is not there');
    const { left, width, top } = slider.getBoundingClientRect();
    const place = { clientX: left + share * width, clientY: top + 1, buttons: 1, bubbles: true };
    slider.dispatchEvent(new PointerEvent('pointermove', place));
    return Math.round(share * Number(slider.getAttribute('aria-valuemax')));
  };
  const rowShown = () => Number(at('scrubber')?.getAttribute('aria-valuenow') ?? Number.NaN);
  const pictureShown = (camera: string) => {
    const image = at(`picture-${camera}`);
    const isThere = image instanceof HTMLImageElement && image.complete && image.naturalWidth > 0;
    return isThere ? Number(image.dataset.sequence) : -1;
  };
  return {
    shown,
    /**
     * Drags the slider to the end of an episode and back in four seconds, once a frame, for a while.
     * @returns ms from a move to the frame that shows its row; pictures that were shown; frames; how long it took, s
     */
    async scrub(seconds: number, camera: string) {
      const waits: number[] = [];
      let [frames, pictures, picture] = [0, 0, -1];
      let moves: { row: number; at: number }[] = [];
      const began = await frame();
      let now = began;
      for (; now - began < 1000 * seconds; now = await frame()) {
        frames++;
        const reached = moves.findLastIndex(({ row }) => Math.abs(row - rowShown()) <= 1);
        const move = moves[reached];
        if (move) waits.push(now - move.at);
        moves = moves.slice(reached + 1);
        if (pictureShown(camera) !== picture) pictures++;
        picture = pictureShown(camera);
        moves.push({ row: drag(0.5 - 0.5 * Math.cos((Math.PI * (now - began)) / 2000)), at: now });
      }
      return { waits, pictures, frames, seconds: (now - began) / 1000 };
    },
    /** Ms from a move to a place far away to the frame in which the picture of it is shown. */
    async jumps(times: number, camera: string, rowsAPicture: number): Promise<number[]> {
      const waits: number[] = [];
      for (let jump = 1; jump <= times; jump++) {
        const began = performance.now();
        const row = drag((jump * 0.618) % 1);
        const wanted = [row - 1, row, row + 1].map((near) => Math.floor(near / rowsAPicture));
        while (!wanted.includes(pictureShown(camera))) {
          if ((await frame()) > began + 60_000) throw new Error('the picture does not come');
        }
        waits.push((await frame()) - began);
      }
      return waits;
    },
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
