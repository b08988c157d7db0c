import { os } from '@orpc/server';
import { RPCHandler } from '@orpc/server/websocket';
import { takenOf } from '../../src/shared/flow';

/** What the window asked of the core, in order. */
export type Asked = { path: string; input: unknown };

interface FakeShell extends EventTarget {
  foresight: { kind: 'electron'; stop(by: string): void; ready(): void };
}

/**
 * The shell's side of a window, without a window: a real port between the client under test and a core that notes what it
 * is asked and answers with `answers[path]`. Make it before the renderer's modules are loaded.
 */
export class CoreEnd {
  readonly asked: Asked[] = [];
  readonly stops: string[] = [];
  #port: MessagePort | null = null;
  readonly #window: FakeShell;

  constructor(private readonly answers: Record<string, (input: unknown) => unknown> = {}) {
    const shell = Object.assign(new EventTarget(), {
      localStorage: { getItem: () => null, setItem: () => undefined },
      ...{ setTimeout, clearTimeout, setInterval, clearInterval },
      foresight: {
        kind: 'electron' as const,
        stop: (by: string) => void this.stops.push(by),
        ready: () => undefined,
      },
    });
    this.#window = shell;
    Object.assign(globalThis, { window: shell });
  }

  /** Hands the window a new port, as the shell does for every core. */
  connect(): void {
    const { port1, port2 } = new MessageChannel();
    const answer = (path: string) =>
      os.handler(({ input }) => {
        this.asked.push({ path, input });
        return this.answers[path]?.(input) ?? {};
      });
    const room = (name: string, calls: readonly string[]) =>
      Object.fromEntries(calls.map((call) => [call, answer(`${name}.${call}`)]));
    const router = {
      app: room('app', ['info', 'present']),
      rig: room('rig', ['status', 'hold', 'release', 'resume', 'stop']),
      record: room('record', ['start', 'finish', 'discard']),
      run: room('run', ['start', 'finish']),
    };
    const handler = new RPCHandler(router);
    const socket = { addEventListener: () => {}, send: (message: string) => port1.postMessage(message) };
    port1.addEventListener('message', ({ data }) => {
      // What the window says of how much it has taken is no call.
      if (takenOf(data) === null) void handler.message(socket, data, { context: {} });
    });
    port1.start();
    this.#port = port1;
    this.#window.dispatchEvent(
      Object.assign(new Event('message'), { source: this.#window, data: 'foresight:port', ports: [port2] }),
    );
  }

  /** The core is gone. */
  close(): void {
    this.#port?.close();
  }
}
