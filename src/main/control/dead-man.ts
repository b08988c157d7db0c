import { ForesightError } from '../../shared/errors';
import type { Cancel, Clock } from './clock';

/** A key that was said to be held counts as held for so long; whoever holds it says so three times as often. */
export const DEAD_MAN_SECONDS = 0.15;

/**
 * The dead-man key of a person who watches: while it is wanted, the rig moves only as long as it is said again and again that it is held.
 * Silence counts as letting go, whatever the reason is: a window without the focus, a gamepad without its cable, a core that is busy.
 */
export class DeadMan {
  /** For as long as somebody wants it. */
  private asked = false;
  private until = Number.NEGATIVE_INFINITY;
  private cancel: Cancel = () => {};

  constructor(
    private readonly clock: Clock,
    /** The rig file wants it always. */
    private readonly always: boolean,
    /** It was held, and is no more; why, as a sentence. */
    private readonly lost: (why: string) => void,
    private readonly changed: () => void,
  ) {}

  get wanted(): boolean {
    return this.always || this.asked;
  }

  get held(): boolean {
    return this.clock.now() < this.until;
  }

  want(asked: boolean): void {
    if (asked === this.asked) return;
    this.asked = asked;
    this.changed();
    // What moves when it is switched on moves on only if it is held.
    if (this.wanted && !this.held) this.lost('the dead-man key is not held.');
  }

  /** Somebody says that it is held, or that it is not any more. */
  beat(held: boolean): void {
    const before = this.held;
    this.cancel();
    if (held) {
      this.until = this.clock.now() + DEAD_MAN_SECONDS;
      this.cancel = this.clock.later(() => this.silent(), DEAD_MAN_SECONDS * 1000);
      if (!before) this.changed();
      return;
    }
    this.until = Number.NEGATIVE_INFINITY;
    if (before) this.letGo('the dead-man key was let go of.');
  }

  /** @throws ForesightError `stopped` where it is wanted and not held: nothing begins to move */
  require(): void {
    if (!this.wanted || this.held) return;
    throw new ForesightError(
      'stopped',
      'The rig moves only while the dead-man key is held, and it is not held.',
      'Hold Space in the window, or the trigger of a gamepad, and begin again.',
    );
  }

  dispose(): void {
    this.cancel();
  }

  private silent(): void {
    this.until = Number.NEGATIVE_INFINITY;
    this.letGo(`nothing was heard of the dead-man key for ${1000 * DEAD_MAN_SECONDS} ms.`);
  }

  private letGo(why: string): void {
    if (this.wanted) this.lost(why);
    this.changed();
  }
}
