import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';

const Answer = z.union([
  z.object({ id: z.number(), ok: z.record(z.string(), z.unknown()) }),
  z.object({ id: z.number(), error: z.string() }),
]);
type Answer = z.infer<typeof Answer>;

/** Lines of what a program says beside its answers that are kept for the sentence about its end. */
const KEPT_LINES = 20;

/**
 * A program that is asked with a line of JSON and answers with one, one question at a time (resources/bench/protocol.py).
 * It may make itself the leader of a process group: then what it starts ends with it.
 */
export class Program {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #said: string[] = [];
  #waiting: { id: number; settle(answer: Answer | ForesightError): void } | undefined;
  #ended: ForesightError | undefined;
  #asked = 0;

  /** @param title in sentences: "PyTorch's program" */
  constructor(
    command: string,
    args: readonly string[],
    private readonly title: string,
  ) {
    const child = spawn(command, args, { stdio: 'pipe' });
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#heard(line));
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#said.push(line);
      if (this.#said.length > KEPT_LINES) this.#said.shift();
    });
    // A pipe that breaks is followed by the end, which is what is told.
    child.stdin.on('error', () => {});
    child.on('error', (error) => this.#end(`it does not start (${error.message})`));
    // 'close' and not 'exit': by then all that it said has been read.
    child.on('close', (code, signal) =>
      this.#end(code === null ? `it ended by ${signal}` : `it ended with code ${code}`),
    );
  }

  /**
   * @throws ForesightError engine with what the program says is wrong, bad-data for an answer that is none, unavailable when
   *   it has ended
   */
  async ask<T>(schema: z.ZodType<T>, question: Record<string, unknown>): Promise<T> {
    if (this.#waiting) throw new Error('a program is asked one question at a time');
    if (this.#ended) throw this.#ended;
    const id = ++this.#asked;
    const answer = await new Promise<Answer | ForesightError>((settle) => {
      this.#waiting = { id, settle };
      this.#child.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    });
    this.#waiting = undefined;
    if (answer instanceof ForesightError) throw answer;
    if ('error' in answer) {
      throw new ForesightError('engine', `${this.title} says: ${answer.error}`, 'Try another version of it.');
    }
    const parsed = schema.safeParse(answer.ok);
    if (!parsed.success) throw this.#nonsense(JSON.stringify(answer.ok));
    return parsed.data;
  }

  /** Now, whatever it is doing, with all that it has started. */
  end(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      if (process.platform !== 'win32') process.kill(-pid, 'SIGKILL');
    } catch {
      // It leads no group, or not yet.
    }
    this.#child.kill('SIGKILL');
  }

  #heard(line: string): void {
    let answer: Answer;
    try {
      answer = Answer.parse(JSON.parse(line));
    } catch {
      this.#waiting?.settle(this.#nonsense(line));
      return;
    }
    if (answer.id === this.#waiting?.id) this.#waiting.settle(answer);
  }

  #nonsense(said: string): ForesightError {
    return new ForesightError(
      'bad-data',
      `${this.title} gave an answer that is none: ${said.slice(0, 200)}`,
      'Use the Python that the command makes itself, without --python.',
    );
  }

  #end(how: string): void {
    const last = this.#said.findLast((line) => line.trim() !== '');
    this.#ended ??= new ForesightError(
      'unavailable',
      `${this.title} is not there any more: ${how}${last ? `; it said last: ${last.trim()}` : ''}.`,
      'Give a Python that has the library with --python, or leave --python out to have one made.',
    );
    this.#waiting?.settle(this.#ended);
  }
}
