import { ForesightError } from '../../../../shared/errors';
import { hostSeconds } from '../../clock';

const CHECK_MS = 50;
/** The same trouble is told again after this long. */
const TELL_AGAIN_SECONDS = 1;

/** Watches that every topic goes on speaking, and says which one does not. */
export class TopicWatch {
  private readonly heardAt = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private lastCheck = 0;
  private watchedSince = 0;
  private staleTold = false;
  private told: { what: string; at: number } | undefined;

  constructor(
    private readonly topics: readonly string[],
    private readonly staleSeconds: number,
    private readonly url: string,
    private readonly tell: (fault: ForesightError) => void,
  ) {}

  /** From now on silence is told of. */
  start(): void {
    const now = hostSeconds();
    this.watchedSince = now;
    this.lastCheck = now;
    this.timer ??= setInterval(() => this.check(), CHECK_MS);
  }

  /** Nothing can come. */
  pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.heardAt.clear();
  }

  dispose(): void {
    this.pause();
  }

  /** What was told may be told again. */
  forget(): void {
    this.staleTold = false;
    this.told = undefined;
  }

  heard(topic: string, now: number): void {
    this.heardAt.set(topic, now);
  }

  /** Whether every topic has said something of late. */
  isComplete(now: number): boolean {
    return this.topics.every((topic) => now - (this.heardAt.get(topic) ?? -Infinity) <= this.staleSeconds);
  }

  /** Age of what came longest ago, seconds. */
  oldest(now: number): number {
    return Math.max(0, ...this.topics.map((topic) => now - (this.heardAt.get(topic) ?? now)));
  }

  /** What came cannot be used; the same is said once a second. */
  unusable(what: string, now: number): void {
    if (this.told?.what === what && now - this.told.at < TELL_AGAIN_SECONDS) return;
    this.told = { what, at: now };
    this.tell(
      new ForesightError(
        'bad-data',
        `An observation cannot be read (rosbridge at ${this.url}): ${what}.`,
        'Correct "ros" of these observations in rig.json, or what the robot sends; then press Resume.',
      ),
    );
  }

  /** Why there was no observation. */
  why(): ForesightError {
    const now = hostSeconds();
    const silent = this.topics.filter(
      (topic) => now - (this.heardAt.get(topic) ?? -Infinity) > this.staleSeconds,
    );
    const what =
      silent.length > 0
        ? `nothing comes on ${silent.join(', ')}`
        : (this.told?.what ?? 'what comes makes no observation');
    return new ForesightError(
      'rig-silent',
      `The rosbridge server at ${this.url} answers, but ${what}.`,
      'Check the names and types in "rosbridge.topics" of rig.json, and that the nodes which publish there are running.',
    );
  }

  private check(): void {
    const now = hostSeconds();
    const stoodStill = now - this.lastCheck > this.staleSeconds / 2;
    this.lastCheck = now;
    // This process itself stood still; what came meanwhile has not been read yet.
    if (stoodStill) return;
    const silent = this.topics.filter(
      (topic) => now - (this.heardAt.get(topic) ?? this.watchedSince) > this.staleSeconds,
    );
    if (silent.length === 0) this.staleTold = false;
    else if (!this.staleTold) {
      this.staleTold = true;
      this.tell(
        new ForesightError(
          'bad-data',
          `Nothing has come on ${silent.join(', ')} for more than ${this.staleSeconds} s (rosbridge at ${this.url}).`,
          'Check the node that publishes there, then press Resume.',
        ),
      );
    }
  }
}
