import { once } from 'node:events';
import WebSocket from 'ws';
import { z } from 'zod';
import { ForesightError } from '../../../shared/errors';

const Answer = z.object({
  id: z.number(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
const Event = z.object({ method: z.string(), params: z.unknown() });
const Evaluated = z.object({
  result: z.object({ value: z.unknown().optional() }),
  exceptionDetails: z
    .object({ text: z.string(), exception: z.object({ description: z.string().optional() }).optional() })
    .optional(),
});

/** A page of a browser, by the Chrome DevTools Protocol (1.3) over its WebSocket. */
export class DevtoolsPage {
  readonly #waiting = new Map<number, (answer: z.infer<typeof Answer>) => void>();
  readonly #listeners = new Map<string, (params: unknown) => void>();
  #asked = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data));
      const answer = Answer.safeParse(message);
      if (!answer.success) {
        const event = Event.safeParse(message);
        if (event.success) this.#listeners.get(event.data.method)?.(event.data.params);
        return;
      }
      this.#waiting.get(answer.data.id)?.(answer.data);
      this.#waiting.delete(answer.data.id);
    });
    socket.on('close', () => {
      for (const [id, settle] of this.#waiting) settle({ id, error: { message: 'the browser is gone' } });
      this.#waiting.clear();
    });
    socket.on('error', () => {});
  }

  /** @param address ws://… of the page, as the browser lists it */
  static async open(address: string): Promise<DevtoolsPage> {
    const socket = new WebSocket(address, { perMessageDeflate: false });
    const page = new DevtoolsPage(socket);
    await once(socket, 'open');
    return page;
  }

  /** Calls `listener` for every event of a name from now on, in place of the one before. */
  on(method: string, listener: (params: unknown) => void): void {
    this.#listeners.set(method, listener);
  }

  /** @throws ForesightError `engine` when the browser refuses or is gone */
  async send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = ++this.#asked;
    const { result, error } = await new Promise<z.infer<typeof Answer>>((settle) => {
      this.#waiting.set(id, settle);
      this.socket.send(JSON.stringify({ id, method, params }), (failed) => {
        if (failed) settle({ id, error: { message: failed.message } });
      });
    });
    if (error) {
      throw new ForesightError('engine', `The browser refused ${method}: ${error.message}.`, 'Try again.');
    }
    return result ?? {};
  }

  /** What an expression gives in the page, promises awaited. */
  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = Evaluated.parse(await this.send('Runtime.evaluate', params));
    if (exceptionDetails) {
      const { exception, text } = exceptionDetails;
      throw new ForesightError('engine', `In the page: ${exception?.description ?? text}.`, 'Try again.');
    }
    return result.value;
  }

  close(): void {
    this.socket.terminate();
  }
}
