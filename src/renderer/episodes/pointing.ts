import type uPlot from 'uplot';

/** How far a notch of a wheel zooms. */
const ZOOM_A_NOTCH = 1.25;

/** What pointing at plots does. */
export interface Pointed {
  pick(second: number): void;
  zoom(factor: number, about?: number): void;
  pan(share: number): void;
  showAll(): void;
}

/** A pointer on a plot chooses the moment; with Ctrl its wheel zooms about it, with Shift it moves along; twice shows all. */
export function pointing(plot: uPlot, look: () => Pointed): void {
  const secondAt = (event: MouseEvent) => {
    const box = plot.over.getBoundingClientRect();
    return plot.posToVal(event.clientX - box.left, 'x');
  };
  const pick = (event: PointerEvent) => look().pick(secondAt(event));
  plot.over.addEventListener('pointerdown', (event) => {
    plot.over.setPointerCapture(event.pointerId);
    pick(event);
  });
  plot.over.addEventListener('pointermove', (event) => event.buttons === 1 && pick(event));
  plot.over.addEventListener('dblclick', () => look().showAll());
  plot.over.addEventListener(
    'wheel',
    (event) => {
      const along = event.shiftKey ? event.deltaY + event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        look().zoom(event.deltaY > 0 ? ZOOM_A_NOTCH : 1 / ZOOM_A_NOTCH, secondAt(event));
      } else if (along !== 0) look().pan(Math.sign(along) / 10);
      // The panel scrolls.
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
}
