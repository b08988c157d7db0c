import { ForesightError } from '../../shared/errors';
import type { EntryName } from '../processes/entry';
import { heard } from '../processes/heard';
import type { Host, SpawnedProcess } from '../processes/port';
import { AnyReply, type Question, type READY, type Reply } from './messages';

export interface AskedProcess {
  entry: EntryName;
  label: string;
  /** Without a question for this long it is ended, seconds. */
  idleSeconds: number;
}

/** How long a process may take to start, s: a machine that starts many at a time is slow, and no file is to blame. */
const START_SECONDS = 120;

/** What is said of a question that the process did not survive. */
export interface QuestionLimits {
  /** Seconds to the answer, from when it is this question's turn and the process has started; what takes longer is ended. */
  limitSeconds: number;
  /** What is read, as a sentence begins: "The rig in /home/…". */
  what: string;
  /** What to do about it. */
  next: string;
  /** Called when the limit begins. */
  begins?: () => void;
}

interface Started {
  child: SpawnedProcess;
  /** Resolves when it can be asked. @throws unavailable when it ended or took too long before; cancelled after `close` */
  ready: Promise<void>;
}

/**
 * A process that reads what came from elsewhere, and may die of it: started with the first question, asked one question
 * after the other, ended when it takes too long over one, and started again for the next.
 */
export class ReadingProcess<Asked, Answered> {
  #child: Promise<Started> | undefined;
  #lastNumber = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly host: Pick<Host, 'spawn'>,
    private readonly process: AskedProcess,
  ) {}

  /**
   * @throws what the process found wrong; bad-file when it took longer than the limit or died of the question; cancelled
   * after `close`; unavailable when the process did not start
   */
  ask(asked: Asked, limits: QuestionLimits): Promise<Answered> {
    const answer = this.#queue.then(() => this.#ask(asked, limits));
    // The next question waits for this one, whatever became of it.
    this.#queue = answer.catch(() => {});
    return answer;
  }

  /** Ends the process; a question that is on its way rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  async #ask(asked: Asked, limits: QuestionLimits): Promise<Answered> {
    if (this.#closed) throw closed();
    clearTimeout(this.#idle);
    this.#child ??= this.#start();
    const { child, ready } = await this.#child;
    // While it started, `close` had nothing to end.
    if (this.#closed) throw closed();
    try {
      await ready;
      return await this.#answerOf(child, asked, limits);
    } finally {
      this.#idle = setTimeout(() => void this.#end(), this.process.idleSeconds * 1000);
      this.#idle.unref();
    }
  }

  #start(): Promise<Started> {
    // Only if it has not been followed by another already.
    const forget = () => {
      if (this.#child === starting) this.#child = undefined;
    };
    const { entry, label } = this.process;
    const starting = this.host.spawn(entry, { label }).then((child) => {
      // Should it end between two questions, the next one starts another.
      child.onClose(forget);
      return { child, ready: this.#ready(child) };
    });
    starting.catch(forget);
    return starting;
  }

  #ready(child: SpawnedProcess): Promise<void> {
    const subscriptions: { dispose(): void }[] = [];
    let late: NodeJS.Timeout | undefined;
    const ready = new Promise<void>((resolve, reject) => {
      const failed = (how: string) => {
        const sentence = `${this.process.label} ${how}`;
        const next = 'Try again; when the computer is busy, wait until it is less so.';
        reject(this.#closed ? closed() : new ForesightError('unavailable', sentence, next));
      };
      subscriptions.push(
        child.onMessage((received) => {
          const reply = this.#heard(received);
          if (reply && 'ready' in reply) resolve();
        }),
        child.onClose((reason) => failed(`ended while it started: ${reason}`)),
      );
      late = setTimeout(() => {
        failed(`did not start within ${START_SECONDS} s.`);
        this.#abandon(child);
      }, START_SECONDS * 1000);
    }).finally(() => {
      clearTimeout(late);
      for (const subscription of subscriptions) subscription.dispose();
    });
    // Whoever waits for it is told; after `close` nobody does.
    ready.catch(() => {});
    return ready;
  }

  #heard(received: unknown): Reply<Answered> | typeof READY | undefined {
    return heard(AnyReply, received, 'a process that reads files') as
      | Reply<Answered>
      | typeof READY
      | undefined;
  }

  /** The next question starts another. */
  #abandon(child: SpawnedProcess): void {
    this.#child = undefined;
    child.kill();
  }

  #answerOf(child: SpawnedProcess, asked: Asked, limits: QuestionLimits): Promise<Answered> {
    const { limitSeconds, what, next } = limits;
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const subscriptions: { dispose(): void }[] = [];
    let late: NodeJS.Timeout | undefined;
    return new Promise<Answered>((resolve, reject) => {
      const lost = (sentence: string) => {
        reject(this.#closed ? closed() : new ForesightError('bad-file', `${what} ${sentence}`, next));
      };
      subscriptions.push(
        child.onMessage((received) => {
          const reply = this.#heard(received);
          if (!reply || 'ready' in reply || reply.number !== number) return;
          if ('error' in reply) reject(ForesightError.fromShape(reply.error));
          else resolve(reply.answer);
        }),
        child.onClose((reason) => lost(`ended the process that read it: ${reason}`)),
      );
      late = setTimeout(() => {
        lost(`took longer than ${limitSeconds} s to read.`);
        this.#abandon(child);
      }, limitSeconds * 1000);
      limits.begins?.();
      child.post({ number, asked, limitSeconds } satisfies Question<Asked>);
    }).finally(() => {
      clearTimeout(late);
      for (const subscription of subscriptions) subscription.dispose();
    });
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const starting = this.#child;
    this.#child = undefined;
    (await starting?.catch(() => undefined))?.child.kill();
  }
}

function closed(): ForesightError {
  return new ForesightError(
    'cancelled',
    'The reading was stopped: Foresight is closing.',
    'Start Foresight again.',
  );
}
