/**
 * Draws charts on animation frames within a budget, so that ten charts cost a frame no more than a few: what does
 * not fit waits for the next frame, and whoever waited longest comes first.
 */
export class DrawQueue {
  private readonly waiting = new Map<object, () => void>();
  private asked = false;

  constructor(
    private readonly budgetMs: number,
    private readonly nextFrame: (callback: () => void) => void,
    private readonly now: () => number,
  ) {}

  /** Draws `key` soon; asking again before it was drawn keeps its place and replaces the work. */
  ask(key: object, draw: () => void): void {
    this.waiting.set(key, draw);
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
    const until = this.now() + this.budgetMs;
    for (const [key, draw] of this.waiting) {
      this.waiting.delete(key);
      draw();
      if (this.now() >= until) break;
    }
    if (this.waiting.size > 0) this.wake();
  }
}

/** The window's one queue: 2 ms a frame beside the 3D view and the arriving batches. */
export const drawQueue = new DrawQueue(
  2,
  (callback) => window.requestAnimationFrame(callback),
  () => performance.now(),
);
