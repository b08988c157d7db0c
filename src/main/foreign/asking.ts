import { ForesightError } from '../../shared/errors';
import type { EntryName } from '../processes/entry';
import { heard } from '../processes/heard';
import type { Host, SpawnedProcess } from '../processes/port';
import { AnyReply, type Question, type Reply } from './messages';

export interface AskedProcess {
  entry: EntryName;
  label: string;
  /** Without a question for this long it is ended, seconds. */
  idleSeconds: number;
}

/** What is said of a question that the process did not survive. */
export interface QuestionLimits {
  /** Seconds from the question to its answer; what takes longer is ended. */
  limitSeconds: number;
  /** What is read, as a sentence begins: "The rig in /home/…". */
  what: string;
  /** What to do about it. */
  next: string;
}

/**
 * A process that reads what came from elsewhere, and may die of it: started with the first question, asked one question
 * after the other, ended when it takes too long over one, and started again for the next.
 */
export class ReadingProcess<Asked, Answered> {
  #child: Promise<SpawnedProcess> | undefined;
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
   * after `close`
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
    const child = await this.#child;
    // While it started, `close` had nothing to end.
    if (this.#closed) throw closed();
    try {
      return await this.#answerOf(child, asked, limits);
    } finally {
      this.#idle = setTimeout(() => void this.#end(), this.process.idleSeconds * 1000);
      this.#idle.unref();
    }
  }

  #start(): Promise<SpawnedProcess> {
    // Only if it has not been followed by another already.
    const forget = () => {
      if (this.#child === starting) this.#child = undefined;
    };
    const { entry, label } = this.process;
    const starting = this.host.spawn(entry, { label }).then((child) => {
      // Should it end between two questions, the next one starts another.
      child.onClose(forget);
      return child;
    });
    starting.catch(forget);
    return starting;
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
          const reply = heard(AnyReply, received, 'a process that reads files') as
            | Reply<Answered>
            | undefined;
          if (reply?.number !== number) return;
          if ('error' in reply) reject(ForesightError.fromShape(reply.error));
          else resolve(reply.answer);
        }),
        child.onClose((reason) => lost(`ended the process that read it: ${reason}`)),
      );
      late = setTimeout(() => {
        this.#child = undefined;
        child.kill();
        lost(`took longer than ${limitSeconds} s to read.`);
      }, limitSeconds * 1000);
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
    (await starting?.catch(() => undefined))?.kill();
  }
}

function closed(): ForesightError {
  return new ForesightError(
    'cancelled',
    'The reading was stopped: Foresight is closing.',
    'Start Foresight again.',
  );
}
