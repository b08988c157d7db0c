/**
 * Draws charts on animation frames within a budget, so that ten charts cost a frame no more than a few: what does
 * not fit waits for the next frame, and whoever waited longest comes first. A chart that was drawn rests a little,
 * as nobody sees a curve move more often.
 */
export class DrawQueue {
  private readonly waiting = new Map<object, { draw: () => void; restMs: number }>();
  private readonly drawnAt = new WeakMap<object, number>();
  private asked = false;

  constructor(
    private readonly limits: { budgetMs: number; restMs: number },
    private readonly nextFrame: (callback: () => void) => void,
    private readonly now: () => number,
  ) {}

  /**
   * Draws `key` soon; asking again before it was drawn keeps its place and replaces the work.
   * @param restMs how long it rests after it was drawn before
   */
  ask(key: object, draw: () => void, restMs = this.limits.restMs): void {
    this.waiting.set(key, { draw, restMs });
    this.wake();
  }

  forget(key: object): void {
    this.waiting.delete(key);
  }

  private wake(): void {
    if (this.asked) return;
    this.asked = true;
    this.nextFrame(() => this.frame());
  }

  private frame(): void {
    this.asked = false;
    const began = this.now();
    for (const [key, { draw, restMs }] of this.waiting) {
      if (began - (this.drawnAt.get(key) ?? Number.NEGATIVE_INFINITY) < restMs) continue;
      this.waiting.delete(key);
      this.drawnAt.set(key, began);
      draw();
      if (this.now() - began >= this.limits.budgetMs) break;
    }
    if (this.waiting.size > 0) this.wake();
  }
}

/** The window's one queue: 2 ms a frame beside the 3D view and the arriving batches, a chart 20 times a second. */
export const drawQueue = new DrawQueue(
  { budgetMs: 2, restMs: 45 },
  (callback) => window.requestAnimationFrame(callback),
  () => performance.now(),
);

/** Curves that grow by themselves are drawn ten times a second: the robot beside them shows the motion. */
export const GROWING_REST_MS = 95;
