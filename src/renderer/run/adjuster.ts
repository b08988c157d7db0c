import type { PlanAdjustment, PropagationOptions } from '../../shared/plan';

/** What the live controls change. */
export type Adjustable = Omit<PlanAdjustment, 'task'>;

/** A control that was moved rests this long before it is sent, ms. */
const REST_MS = 150;
/** What was accepted and has still not come back after this long, ms, is no longer shown as if it had. */
const PATIENCE_MS = 10_000;

/**
 * Live controls: what a person sets is shown at once, sent when it has rested, and gives way to what the core says it
 * plans with. A refusal brings the old value back.
 */
export class Adjuster {
  private unsent: Adjustable = {};
  private resting: ReturnType<typeof setTimeout> | undefined;
  /** What was asked for and has not come back as true. */
  pending: Adjustable = {};

  constructor(
    private readonly hooks: {
      send(adjustment: Adjustable): Promise<unknown>;
      refused(error: unknown): void;
      changed(pending: Adjustable): void;
    },
  ) {}

  want(change: Adjustable): void {
    this.unsent = { ...this.unsent, ...change };
    this.show({ ...this.pending, ...change });
    clearTimeout(this.resting);
    this.resting = setTimeout(() => void this.flush(), REST_MS);
  }

  /** What the core plans with now; null when nothing runs, and then nothing is wanted any more. */
  told(truth: PropagationOptions | null): void {
    if (truth === null) {
      clearTimeout(this.resting);
      this.unsent = {};
    }
    const open = Object.entries(this.pending).filter(
      ([key, value]) => truth !== null && (key in this.unsent || truth[key as keyof Adjustable] !== value),
    );
    if (open.length < Object.keys(this.pending).length) this.show(Object.fromEntries(open));
  }

  private async flush(): Promise<void> {
    const sent = this.unsent;
    this.unsent = {};
    try {
      await this.hooks.send(sent);
      setTimeout(() => this.forget(sent), PATIENCE_MS);
    } catch (error) {
      this.forget(sent);
      this.hooks.refused(error);
    }
  }

  /** Drops what is still pending of it, unless something else was wanted since. */
  private forget(sent: Adjustable): void {
    const open = Object.entries(this.pending).filter(
      ([key, value]) => !(key in sent) || sent[key as keyof Adjustable] !== value || key in this.unsent,
    );
    if (open.length < Object.keys(this.pending).length) this.show(Object.fromEntries(open));
  }

  private show(pending: Adjustable): void {
    this.pending = pending;
    this.hooks.changed(pending);
  }
}
