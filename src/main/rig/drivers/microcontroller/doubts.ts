import { ForesightError } from '../../../../shared/errors';
import { hostSeconds } from '../../clock';

/** So many answers in a row that are slower than the watchdog time are the line's fault. */
const SLOW_ANSWERS = 2;
/** The same trouble is told again after this long. */
const TELL_AGAIN_SECONDS = 1;

/** What makes a driver doubt that its device does as it is told; each doubt is told once, not once a frame. */
export class Doubts {
  private refusalTold = false;
  private told: { error: ForesightError; at: number } | undefined;
  /** Commands follow each other without a gap since the first, and the last one lives until the second. */
  private commands = { since: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY, ttl: 0 };
  private slowAnswers = 0;

  constructor(
    private readonly where: string,
    private readonly watchdogSeconds: number,
    private readonly tell: (error: ForesightError) => void,
    /** The device was asked to rest: that it stands is no wonder. */
    private readonly isResting: () => boolean,
  ) {}

  /** Resumed: what was told may be told again. */
  forget(): void {
    this.refusalTold = false;
    this.told = undefined;
  }

  /** A command went out. */
  commanded(ttlSeconds: number): void {
    const now = hostSeconds();
    const since = now > this.commands.until ? now : this.commands.since;
    this.commands = { since, until: now + ttlSeconds, ttl: ttlSeconds };
  }

  /** The device has stopped by itself. After a pause of ours that is its duty; while commands are sent they do not arrive. */
  expired(): void {
    const { since, until, ttl } = this.commands;
    const now = hostSeconds();
    if (now >= until || now - since <= ttl) return;
    this.refuses(`has stopped by itself: no command has reached it for ${ttl} s, though they were sent`);
  }

  /** The device stands though nobody here asked for it: a button on the rig, its own protection, its watchdog. */
  refuses(what: string): void {
    if (this.isResting() || this.refusalTold) return;
    this.refusalTold = true;
    this.tell(
      new ForesightError(
        'rig-refused',
        `The device on ${this.where} ${what}.`,
        'Look for an e-stop pressed on the rig itself, check the cable, then press Resume.',
      ),
    );
  }

  unusable(error: ForesightError): void {
    const now = hostSeconds();
    const toldLately = this.told && now - this.told.at < TELL_AGAIN_SECONDS;
    if (toldLately && this.told?.error.message === error.message) return;
    this.told = { error, at: now };
    this.tell(error);
  }

  /** What was unusable since `asked`, host's clock, or just before it. */
  unusableSince(asked: number): ForesightError | undefined {
    return this.told && asked - this.told.at < TELL_AGAIN_SECONDS ? this.told.error : undefined;
  }

  /**
   * An answer took so long. A line on which it takes longer than a command may live is no line to control a rig over; one
   * slow answer may be a pause of this computer's own.
   */
  answered(seconds: number): void {
    this.slowAnswers = seconds > this.watchdogSeconds ? this.slowAnswers + 1 : 0;
    if (this.slowAnswers < SLOW_ANSWERS) return;
    this.refuses(
      `answers ${seconds.toFixed(2)} s after it was asked, later than the watchdog time of ${this.watchdogSeconds} s`,
    );
  }
}
