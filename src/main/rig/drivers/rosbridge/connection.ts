import WebSocket, { type RawData } from 'ws';
import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import { hostSeconds } from '../../clock';
import { Listeners } from '../../listeners';
import type { Message } from './fields';
import { type ClientOp, decodeServerOp, type ServerOp } from './protocol';

/** A server that does not answer so long is not there. */
const HANDSHAKE_MS = 3000;
/** From one attempt to the next. */
const AGAIN_MS = 500;
/** How often it is looked whether anything comes. */
const LISTEN_MS = 500;
/** A camera's picture in base64 is the longest there is. */
const MOST_BYTES = 16 * 2 ** 20;
/** A server that stopped reading must not make us keep commands for it: they would all be late. */
const MOST_BUFFERED_BYTES = 256 * 1024;

/** How long is waited for a server. */
export interface Patience {
  /** Nothing comes, not even the answer to a ping: the connection has ended without saying so. */
  deafSeconds: number;
  /** One that is away for longer is gone. */
  awaySeconds: number;
}
const PATIENCE: Patience = { deafSeconds: 3, awaySeconds: 30 };

export interface Subscription {
  topic: string;
  type: string;
  /** At most one message in so many ms. */
  throttleMs: number;
}

/** Topics as a client knows them. */
export interface Wanted {
  subscribe: readonly Subscription[];
  advertise: readonly { topic: string; type: string }[];
}

export interface Heard {
  topic: string;
  message: Message;
}

/**
 * A connection to a rosbridge server that comes back by itself: topics are subscribed to and advertised anew each time. Nothing
 * that a server sends ends anything.
 */
export class RosbridgeConnection {
  private readonly messages = new Listeners<Heard>();
  private readonly statuses = new Listeners<string>();
  private readonly losses = new Listeners<string>();
  private readonly opens = new Listeners<void>();
  private readonly calls = new Map<string, (answer: Extract<ServerOp, { op: 'service_response' }>) => void>();
  private readonly counts = { bytes: 0, frames: 0, unreadable: 0, sent: 0, reconnects: 0, refused: 0 };
  private socket: WebSocket | undefined;
  private again: NodeJS.Timeout | undefined;
  private closed = false;
  private wasOpen = false;
  private nextCall = 0;
  /** Why it is not open, as it stands behind a colon. */
  trouble = 'it was not opened';

  constructor(
    readonly url: string,
    private readonly wanted: Wanted,
    readonly patience: Patience = PATIENCE,
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  onMessage(listener: (heard: Heard) => void): Disposable {
    return this.messages.add(listener);
  }

  /** An error that the server tells of, as a sentence. */
  onRefusal(listener: (sentence: string) => void): Disposable {
    return this.statuses.add(listener);
  }

  /** It was open and is not any more, and why. It is tried again by itself. */
  onLoss(listener: (why: string) => void): Disposable {
    return this.losses.add(listener);
  }

  /** It is open again after a loss. */
  onReturn(listener: () => void): Disposable {
    return this.opens.add(listener);
  }

  /** Tries once, and goes on trying only if that went well. @throws ForesightError not-found, with what is likely */
  async open(): Promise<void> {
    const why = await new Promise<string | undefined>((resolve) => this.connect(resolve));
    if (why === undefined) return;
    await this.close();
    throw new ForesightError(
      'not-found',
      `No rosbridge server answers at ${this.url}: ${why}.`,
      'Start rosbridge on the robot ("ros2 launch rosbridge_server rosbridge_websocket_launch.xml"), check the address and the network, then connect again.',
    );
  }

  /** Goes on trying from the beginning. @param failed why the first attempt failed */
  start(failed: (why: string) => void): void {
    this.connect((why) => {
      if (why !== undefined) failed(why);
    });
  }

  publish(topic: string, msg: object): void {
    this.send({ op: 'publish', id: `publish ${topic}`, topic, msg });
  }

  /**
   * Calls a service and waits for its answer.
   * @throws ForesightError rig-silent without an answer in time, rig-refused with what the server says
   */
  call(service: string, type: string | undefined, args: object, timeoutMs: number): Promise<Message> {
    const id = `call ${service} ${this.nextCall++}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.calls.delete(id);
        reject(
          new ForesightError(
            'rig-silent',
            `The service ${service} has not answered within ${timeoutMs / 1000} s (rosbridge at ${this.url}).`,
            'Check that the node which offers it is running.',
          ),
        );
      }, timeoutMs);
      this.calls.set(id, ({ result, values }) => {
        clearTimeout(timer);
        this.calls.delete(id);
        if (result) resolve(typeof values === 'object' && values !== null ? (values as Message) : {});
        else {
          reject(
            new ForesightError(
              'rig-refused',
              `The service ${service} could not be called: ${said(values)}.`,
              'Check its name and type in "rosbridge" of rig.json, and that its node is running.',
            ),
          );
        }
      });
      if (!this.send({ op: 'call_service', id, service, ...(type !== undefined && { type }), args })) {
        clearTimeout(timer);
        this.calls.delete(id);
        reject(this.notConnected());
      }
    });
  }

  notConnected(): ForesightError {
    return new ForesightError(
      'rig-silent',
      `There is no connection to the rosbridge server at ${this.url}: ${this.trouble}. It is tried again.`,
      'Check the network and that rosbridge is running on the robot.',
    );
  }

  counters(): Record<string, number> {
    return { ...this.counts };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.again);
    const { socket } = this;
    for (const listeners of [this.messages, this.statuses, this.losses, this.opens]) listeners.clear();
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close();
    // A server that does not answer the farewell is not waited for.
    const timer = setTimeout(() => socket.terminate(), 250);
    await ended;
    clearTimeout(timer);
  }

  /** @param settled once: undefined when it is open, or why it is not */
  private connect(settled: (why: string | undefined) => void): void {
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.url, {
        handshakeTimeout: HANDSHAKE_MS,
        maxPayload: MOST_BYTES,
        perMessageDeflate: false,
      });
    } catch (thrown) {
      this.trouble = said(thrown);
      settled(this.trouble);
      return;
    }
    this.socket = socket;
    let why = 'the other side closed it';
    let opened = false;
    let listening: Disposable | undefined;
    socket.on('open', () => {
      opened = true;
      listening = this.listen(socket, (deaf) => {
        why = deaf;
      });
      this.greet();
      settled(undefined);
      if (this.wasOpen) {
        this.counts.reconnects++;
        this.opens.emit();
      }
      this.wasOpen = true;
    });
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('error', (error) => {
      why = said(error);
    });
    socket.on('close', () => {
      listening?.dispose();
      this.trouble = why;
      settled(why);
      if (this.closed) return;
      if (opened) this.losses.emit(why);
      this.again = setTimeout(() => this.connect(() => {}), AGAIN_MS);
    });
  }

  /** A network that is gone ends no connection: what nothing comes on is ended here, and tried anew. */
  private listen(socket: WebSocket, deaf: (why: string) => void): Disposable {
    let heardAt = hostSeconds();
    let lookedAt = heardAt;
    const heard = () => {
      heardAt = hostSeconds();
    };
    socket.on('message', heard);
    socket.on('pong', heard);
    const timer = setInterval(() => {
      const { deafSeconds } = this.patience;
      const now = hostSeconds();
      const stoodStill = now - lookedAt > deafSeconds / 2;
      lookedAt = now;
      // This process itself stood still; what came meanwhile has not been read yet.
      if (!stoodStill && now - heardAt > deafSeconds) {
        deaf(`nothing has come on it for ${deafSeconds} s`);
        socket.terminate();
      } else if (socket.readyState === WebSocket.OPEN) socket.ping(undefined, undefined, () => {});
    }, LISTEN_MS);
    return { dispose: () => clearInterval(timer) };
  }

  private greet(): void {
    this.send({ op: 'set_status_level', level: 'error' });
    for (const { topic, type } of this.wanted.advertise) {
      this.send({ op: 'advertise', id: `advertise ${topic}`, topic, type });
    }
    for (const { topic, type, throttleMs } of this.wanted.subscribe) {
      this.send({
        ...{ op: 'subscribe', id: `subscribe ${topic}`, topic, type },
        ...{ throttle_rate: throttleMs, queue_length: 1 },
      });
    }
  }

  private take(data: RawData, isBinary: boolean): void {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer);
    this.counts.bytes += bytes.length;
    const op = isBinary ? undefined : decodeServerOp(bytes.toString('utf8'));
    if (!op) {
      this.counts.unreadable++;
      return;
    }
    this.counts.frames++;
    if (op.op === 'publish') this.messages.emit({ topic: op.topic, message: op.msg });
    else if (op.op === 'service_response') this.calls.get(String(op.id))?.(op);
    else if (op.level === 'error') {
      this.counts.refused++;
      const about =
        typeof op.id === 'string' && /^(publish|subscribe|advertise|call) \//.test(op.id) ? op.id : '';
      const what = about === '' ? '' : ` about "${about.replace(/ \d+$/, '')}"`;
      this.statuses.emit(`The rosbridge server at ${this.url} reports an error${what}: ${said(op.msg)}.`);
    }
  }

  /** @returns whether it has left */
  private send(op: ClientOp): boolean {
    const { socket } = this;
    if (!socket || socket.readyState !== WebSocket.OPEN) return false;
    if (socket.bufferedAmount > MOST_BUFFERED_BYTES) {
      socket.terminate();
      return false;
    }
    this.counts.sent++;
    socket.send(JSON.stringify(op), () => {});
    return true;
  }
}

/** Whatever a server says, as it stands behind a colon. */
function said(what: unknown): string {
  const text = what instanceof Error ? what.message : typeof what === 'string' ? what : safeJson(what);
  return (text === '' ? 'no reason is given' : text).replace(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
}

function safeJson(what: unknown): string {
  try {
    return JSON.stringify(what) ?? 'nothing';
  } catch {
    return 'something nested too deeply';
  }
}
