import type { Disposable } from '../../../../shared/disposable';
import { hostSeconds } from '../../clock';
import type { LineLink } from '../lines/line-link';
import { Patience } from '../servo-bus/patience';
import { odriveLine, readOdriveLine } from './lines';

/** After an answer that stayed away what comes is dropped for so long. */
const QUIET_SECONDS = 0.03;
/** A timer that is so late was kept by this process itself: what came meanwhile has not been read yet, and is in a moment. */
const LATE_SECONDS = 0.005;
const GRACE_SECONDS = 0.02;
/** Of a question and its answer, about. */
const BYTES = 60;
/** After an answer: one that comes twice is not that of the next question. */
const PAUSE_SECONDS = 0.002;

interface Question {
  command: string;
  /** Numbers in the answer: what has others is none to this question. */
  count: number;
  resolve(values: number[] | undefined): void;
}

/**
 * Questions to a board whose answers have no names: one at a time, so that an answer is that of the question before it. A late
 * answer is not taken for that of the next question.
 */
export class Questions {
  readonly counts = { answers: 0, unanswered: 0, badChecksum: 0, refused: 0, strays: 0 };
  private readonly waiting: Question[] = [];
  private running: Question | undefined;
  private sentAt = 0;
  private readonly patience: Patience;
  private quietUntil = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly closing: Disposable;
  private closed = false;

  constructor(
    private readonly link: LineLink,
    private readonly heard: () => void,
    baudRate: number,
  ) {
    this.patience = new Patience(baudRate);
    this.closing = link.transport.onClose(() => this.dispose());
  }

  /** `urgent` goes before all that waits. undefined where nothing fitting was answered in `attempts`. */
  async ask(
    command: string,
    count: number,
    { urgent = false, attempts = 2 } = {},
  ): Promise<number[] | undefined> {
    for (let attempt = 0; attempt < attempts && !this.closed; attempt++) {
      const values = await new Promise<number[] | undefined>((resolve) => {
        const question = { command, count, resolve };
        if (urgent) this.waiting.unshift(question);
        else this.waiting.push(question);
        this.next();
      });
      if (values) return values;
    }
    return undefined;
  }

  /** What has no answer; goes out at once. */
  tell(command: string): void {
    this.link.send(odriveLine(command));
  }

  take(line: string): void {
    const said = readOdriveLine(line);
    if (said.kind === 'bad checksum') {
      this.counts.badChecksum++;
      return;
    }
    this.heard();
    if (said.kind === 'refused') {
      this.counts.refused++;
      return;
    }
    const { running } = this;
    if (!running || said.values.length !== running.count) {
      this.counts.strays++;
      return;
    }
    this.counts.answers++;
    this.patience.answered(hostSeconds() - this.sentAt);
    this.quietUntil = hostSeconds() + PAUSE_SECONDS;
    this.finish(said.values);
  }

  dispose(): void {
    this.closed = true;
    this.closing.dispose();
    clearTimeout(this.timer);
    for (const one of [...(this.running ? [this.running] : []), ...this.waiting.splice(0)])
      one.resolve(undefined);
    this.running = undefined;
  }

  private finish(values: number[] | undefined): void {
    clearTimeout(this.timer);
    const { running } = this;
    this.running = undefined;
    running?.resolve(values);
    this.next();
  }

  private next(): void {
    if (this.running || this.closed || this.waiting.length === 0) return;
    clearTimeout(this.timer);
    const wait = this.quietUntil - hostSeconds();
    if (wait > 0) {
      this.timer = setTimeout(() => this.next(), Math.ceil(wait * 1000));
      return;
    }
    this.running = this.waiting.shift();
    if (!this.running) return;
    this.tell(this.running.command);
    this.sentAt = hostSeconds();
    const seconds = this.patience.seconds(BYTES);
    this.wait(seconds, this.sentAt + seconds + LATE_SECONDS);
  }

  private wait(seconds: number, latest: number): void {
    this.timer = setTimeout(
      () => {
        if (hostSeconds() > latest) {
          this.wait(GRACE_SECONDS, Number.POSITIVE_INFINITY);
          return;
        }
        this.counts.unanswered++;
        this.patience.unanswered();
        this.quietUntil = hostSeconds() + QUIET_SECONDS;
        this.finish(undefined);
      },
      Math.ceil(seconds * 1000),
    );
  }
}
