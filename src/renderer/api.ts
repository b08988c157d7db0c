import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { create } from 'zustand';
import type { Contract } from '../shared/contract';
import { asForesightError, ErrorShape, ForesightError } from '../shared/errors';
import { openTransport, type PortLike, type Transport } from './transport';

/** oRPC types a port as the browser's own; it uses these two methods of it. */
type LinkPort = PortLike & Pick<MessagePort, 'addEventListener' | 'postMessage'>;

export type Api = ContractRouterClient<Contract>;

export interface LinkStore {
  state: 'connecting' | 'open' | 'lost';
  /** Counts the connections so far; a new one means: ask for everything anew. */
  generation: number;
  /** Attempt under way since the connection was lost, from 1. */
  attempt: number;
  reason: string;
}

/** The window's connection to the core, for showing; the client itself comes from `api()`. */
export const useLink = create<LinkStore>(() => ({
  state: 'connecting',
  generation: 0,
  attempt: 0,
  reason: '',
}));

let client: Api | null = null;
let transport: Transport | null = null;

/** Opens the connection and calls `onClient` with a new client for every new connection to a core. */
export function startLink(onClient: (client: Api, generation: number) => void): void {
  transport = openTransport({
    onOpen: (port) => {
      client = createORPCClient<Api>(new RPCLink({ port: port as LinkPort }));
      const generation = useLink.getState().generation + 1;
      useLink.setState({ state: 'open', generation, attempt: 0, reason: '' });
      void answerBeats(client);
      onClient(client, generation);
    },
    onLost: (reason) => {
      client = null;
      useLink.setState({ state: 'lost', reason });
    },
    onAttempt: (attempt) => useLink.setState({ attempt }),
  });
}

/** Before a stream of beats that ended is opened again, ms: before the core takes this window for gone. */
const REOPEN_MS = 200;

/**
 * Answers the core's beats, so that it misses this window when it is gone or stands still. Here, where messages are handled:
 * a hidden window's timers are stretched, and a worker would go on answering for a page that hangs.
 */
async function answerBeats(on: Api): Promise<void> {
  while (client === on) {
    try {
      for await (const { beat } of await on.app.beats()) {
        // An answer that is refused costs one beat, not all that follow.
        await on.app.here({ beat }).catch(() => undefined);
      }
    } catch {
      // The connection ended, which its own events say; or this stream alone, which is opened again.
    }
    await new Promise((resolve) => window.setTimeout(resolve, REOPEN_MS));
  }
}

/**
 * The client of the connection there is now.
 * @throws ForesightError `unavailable` while there is none
 */
export function api(): Api {
  if (client) return client;
  throw new ForesightError(
    'unavailable',
    'The window has no connection to the core right now.',
    'Wait until it is back. What the rig does meanwhile is not known here.',
  );
}

export function retryLink(): void {
  transport?.retry();
}

/** The e-stop's two ways at once: straight to the rig's supervisor, and through the core. */
export function emergencyStop(by: string): { sent: boolean } {
  const direct = transport?.stop(by) ?? false;
  // The second way only repeats the first; where it fails, the connection's state already says so.
  client?.rig.stop({ by }).catch(() => undefined);
  return { sent: direct };
}

/** Whatever a call threw, as the sentence and next step that people get to see. */
export function toShape(thrown: unknown): ErrorShape {
  if (thrown instanceof ORPCError) {
    const shape = ErrorShape.safeParse(thrown.data);
    if (shape.success) return shape.data;
    if (thrown.code === 'BAD_REQUEST') {
      return {
        code: 'wrong-use',
        message: 'The core did not accept the values of this form.',
        next: 'Check the fields for values out of range and try again.',
      };
    }
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return {
      code: 'unavailable',
      message: 'The connection to the core was lost before it could answer.',
      next: 'Try again once the connection is back.',
    };
  }
  const shape = asForesightError(thrown).toShape();
  return shape.code === 'internal'
    ? {
        ...shape,
        next: 'Try again. If it stays like this, tell the developers what you did and send them this sentence.',
      }
    : shape;
}
