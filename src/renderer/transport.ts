import { takenMessage } from '../shared/flow';
import { onPort } from './early';

/** What oRPC's message-port link needs of a connection. */
export interface PortLike {
  addEventListener(type: 'message' | 'close', listener: (event: { data: unknown }) => void): void;
  postMessage(data: string | ArrayBufferLike | ArrayBufferView): void;
}

export interface TransportEvents {
  /** A connection to the core is there; an earlier one is dead. */
  onOpen(port: PortLike): void;
  onLost(reason: string): void;
  /** A new attempt begins; `attempt` counts from 1 since the connection was lost. */
  onAttempt(attempt: number): void;
}

export interface Transport {
  readonly kind: 'electron' | 'browser';
  /** The e-stop's first way, around the core. False when it could not be sent. */
  stop(by: string): boolean;
  /** Tries again at once instead of waiting for the next attempt. */
  retry(): void;
}

/** Waiting time before attempt `attempt` (from 1), ms: doubles from 250 ms up to 5 s. */
export function backOffMs(attempt: number): number {
  return Math.min(5000, 250 * 2 ** Math.max(0, attempt - 1));
}

/** The token of `foresight serve` from an address' fragment or query, and the address without it. */
export function takeToken(href: string): { token: string | null; rest: string } {
  const url = new URL(href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const token = fragment.get('token') ?? url.searchParams.get('token');
  if (fragment.has('token')) url.hash = '';
  url.searchParams.delete('token');
  return { token, rest: url.href.replace(/#$/, '') };
}

export function openTransport(events: TransportEvents): Transport {
  const shell = window.foresight;
  return shell ? electronTransport(shell, events) : browserTransport(events);
}

function electronTransport(shell: NonNullable<Window['foresight']>, events: TransportEvents): Transport {
  let current: MessagePort | null = null;
  onPort((port) => {
    current?.close();
    current = port;
    port.addEventListener('close', () => {
      if (current === port)
        events.onLost('The connection to the core ended; what the rig does now is not known.');
    });
    // The core sends no faster than the page reads; in a browser, `foresight serve` sees it on the socket.
    port.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') port.postMessage(takenMessage(data.length));
    });
    events.onOpen(port);
    port.start();
  });
  return {
    kind: 'electron',
    stop: (by) => {
      shell.stop(by);
      return true;
    },
    retry: () => {},
  };
}

const TOKEN_KEY = 'foresight.token';

function browserTransport(events: TransportEvents): Transport {
  const { token, rest } = takeToken(window.location.href);
  if (token !== null) {
    window.sessionStorage.setItem(TOKEN_KEY, token);
    window.history.replaceState(null, '', rest);
  }
  const address = () => {
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    const key = window.sessionStorage.getItem(TOKEN_KEY) ?? '';
    return `${scheme}://${window.location.host}/ws?token=${encodeURIComponent(key)}`;
  };
  let socket: WebSocket | null = null;
  let attempt = 0;
  let timer: number | undefined;

  const open = () => {
    window.clearTimeout(timer);
    attempt += 1;
    events.onAttempt(attempt);
    const opening = new WebSocket(address());
    opening.binaryType = 'arraybuffer';
    socket = opening;
    opening.addEventListener('open', () => {
      attempt = 0;
      events.onOpen(portOver(opening));
    });
    opening.addEventListener('close', () => {
      if (socket !== opening) return;
      socket = null;
      events.onLost(
        window.sessionStorage.getItem(TOKEN_KEY)
          ? 'The connection to Foresight is lost; what the rig does now is not known.'
          : 'This address lacks its token: open the address that "foresight serve" printed.',
      );
      timer = window.setTimeout(open, backOffMs(attempt + 1));
    });
  };
  open();

  return {
    kind: 'browser',
    stop: (by) => {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(`!stop:${by}`);
      return true;
    },
    retry: () => {
      if (socket === null) open();
    },
  };
}

function portOver(socket: WebSocket): PortLike {
  return {
    addEventListener: (type, listener) => {
      if (type === 'message') socket.addEventListener('message', (event) => listener({ data: event.data }));
      else socket.addEventListener('close', () => listener({ data: null }));
    },
    postMessage: (data) => socket.send(data as string | ArrayBuffer),
  };
}
