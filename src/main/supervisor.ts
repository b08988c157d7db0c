import type { ErrorShape } from '../shared/errors';
import type { Notice } from '../shared/telemetry';
import type { EntryName } from './entry';
import type { FromSupervisor, ToSupervisor } from './supervisor-relay';

/** A process the supervisor started. `P` is what the platform hands over as one end of a connection. */
export interface Child<P> {
  readonly pid: number | undefined;
  post(message: unknown, ports?: P[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Once, with a sentence. */
  onExit(listener: (reason: string) => void): void;
  kill(): void;
}

/** What the supervisor needs from its surroundings; electron-host.ts and headless.ts each have one. */
export interface Platform<P> {
  readonly kind: 'electron' | 'node';
  /** Rejects with a sentence when the process cannot be started. */
  start(entry: EntryName, options: { label: string; args: string[] }): Promise<Child<P>>;
  /** A way to `child` that can be handed to another process. */
  connect(child: Child<P>): P;
  /** Cuts the way that `connect` opened: the child sees its port close. */
  disconnect(child: Child<P>): void;
}

/** Words from the supervisor to the core besides those of supervisor-relay.ts. */
export type ToCore =
  | { type: 'start'; folder: string; version: string; notice?: Omit<Notice, 'at'> }
  /** A client's port comes with it. */
  | { type: 'client' }
  | { type: 'shutdown' };
export type FromCore =
  | { type: 'ready' }
  /** The core cannot serve this workspace (another Foresight has it open, ...): starting again would not help. */
  | { type: 'failed'; error: ErrorShape };

export interface SupervisorOptions {
  /** Workspace. */
  folder: string;
  version: string;
  /** A core that runs again after it died: clients need new ports. */
  onRestart(): void;
  /** The core will not come back; `message` and `next` are sentences. */
  onFailed(error: ErrorShape): void;
  /** Waiting before the n-th restart within a minute, ms; its length is how often is tried. */
  backOffMs?: readonly number[];
}

const BACK_OFF_MS = [0, 250, 1000, 4000];
const BACK_OFF_WINDOW_MS = 60_000;
/** How long a rig process has to bring its rig to hold and end after its core has gone. */
const HOLD_GRACE_MS = 10_000;
/** How long the core has to close its log when asked. */
const CLOSE_GRACE_MS = 8_000;

const RESTARTED: Omit<Notice, 'at'> = {
  level: 'error',
  message: 'The core ended unexpectedly and was started again; the rig was brought to hold.',
  next: 'Connect the rig again. An episode that was being recorded is kept and marked interrupted.',
};

interface Started<P> {
  child: Child<P>;
  entry: EntryName;
  /** Resolved when the process has ended. */
  ended: Promise<void>;
}

/**
 * Owns the processes: starts the core, starts what the core asks for, starts the core again when it dies, and
 * passes an e-stop to the rig processes without asking the core. Knows neither Electron nor sockets.
 */
export class Supervisor<P> {
  #core: Child<P> | undefined;
  #coreEnded: Promise<void> = Promise.resolve();
  #ready = false;
  /** A core that cannot come back, or shall not. */
  #final = false;
  #closing: Promise<void> | undefined;
  /** Ports of clients that came while no core was ready. */
  #waiting: P[] = [];
  readonly #children = new Set<Started<P>>();
  readonly #deaths: number[] = [];

  constructor(
    private readonly platform: Platform<P>,
    private readonly options: SupervisorOptions,
  ) {}

  get corePid(): number | undefined {
    return this.#core?.pid;
  }

  async start(notice?: Omit<Notice, 'at'>): Promise<void> {
    const core = await this.platform.start('core-process', { label: 'Foresight core', args: [] });
    this.#core = core;
    this.#serve(core);
    core.onMessage((message) => this.#fromCore(core, message as FromCore));
    this.#coreEnded = new Promise((resolve) => {
      core.onExit((reason) => {
        resolve();
        this.#coreGone(reason);
      });
    });
    const { folder, version } = this.options;
    core.post({ type: 'start', folder, version, ...(notice ? { notice } : {}) } satisfies ToCore);
  }

  /** Gives a client's port to the core, now or as soon as there is one. */
  attach(port: P): void {
    if (this.#core && this.#ready) this.#core.post({ type: 'client' } satisfies ToCore, [port]);
    else this.#waiting.push(port);
  }

  /** The e-stop's first way: straight to every rig process, whatever the core is doing. */
  stop(by: string): void {
    for (const { child, entry } of this.#children) {
      if (entry === 'rig-process') child.post({ type: 'stop', by });
    }
  }

  /** Hold before leaving: rig processes see their port close, hold and end; the core closes its log. */
  shutdown(): Promise<void> {
    this.#final = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#core?.post({ type: 'shutdown' } satisfies ToCore);
    if (!(await within(CLOSE_GRACE_MS, this.#coreEnded))) this.#core?.kill();
    await Promise.all([...this.#children].map((started) => this.#end(started)));
  }

  #fromCore(core: Child<P>, message: FromCore): void {
    if (message.type === 'ready') {
      this.#ready = true;
      for (const port of this.#waiting.splice(0)) core.post({ type: 'client' } satisfies ToCore, [port]);
    } else if (message.type === 'failed') {
      this.#final = true;
      this.options.onFailed(message.error);
    }
  }

  #coreGone(reason: string): void {
    this.#core = undefined;
    this.#ready = false;
    if (this.#final) return;
    const now = Date.now();
    while (this.#deaths[0] !== undefined && this.#deaths[0] < now - BACK_OFF_WINDOW_MS) this.#deaths.shift();
    const wait = (this.options.backOffMs ?? BACK_OFF_MS)[this.#deaths.length];
    this.#deaths.push(now);
    if (wait === undefined) return this.#giveUp(reason);
    setTimeout(() => {
      if (this.#final) return;
      this.start(RESTARTED).then(
        () => this.options.onRestart(),
        (thrown: unknown) => this.#giveUp(thrown instanceof Error ? thrown.message : String(thrown)),
      );
    }, wait);
  }

  #giveUp(reason: string): void {
    this.#final = true;
    this.options.onFailed({
      code: 'internal',
      message: `The core ended ${this.#deaths.length} times within a minute and is not started again: ${reason}`,
      next: 'Start Foresight again; if it repeats, send the output of a start from a terminal to the developers.',
    });
  }

  /** Starts and ends processes on request of `asker`; what it asked for ends with it. */
  #serve(asker: Child<P>): void {
    const asked = new Map<number, Started<P>>();
    asker.onMessage((message) => {
      const request = message as ToSupervisor;
      if (request.type === 'spawn') void this.#spawn(asker, request, asked);
      else if (request.type === 'kill') asked.get(request.id)?.child.kill();
    });
    asker.onExit(() => {
      for (const started of asked.values()) void this.#end(started);
    });
  }

  async #spawn(
    asker: Child<P>,
    { id, entry, label, args }: Extract<ToSupervisor, { type: 'spawn' }>,
    asked: Map<number, Started<P>>,
  ): Promise<void> {
    let gone = false;
    asker.onExit(() => {
      gone = true;
    });
    let child: Child<P>;
    try {
      child = await this.platform.start(entry, { label, args });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      asker.post({ type: 'spawn-failed', id, reason } satisfies FromSupervisor);
      return;
    }
    const ended = new Promise<void>((resolve) => {
      child.onExit((reason) => {
        asked.delete(id);
        this.#children.delete(started);
        if (!gone) asker.post({ type: 'exited', id, reason } satisfies FromSupervisor);
        resolve();
      });
    });
    const started: Started<P> = { child, entry, ended };
    this.#children.add(started);
    asked.set(id, started);
    this.#serve(child);
    if (gone) return this.#end(started);
    const port = this.platform.connect(child);
    asker.post({ type: 'spawned', id, pid: child.pid } satisfies FromSupervisor, [port]);
  }

  /** A rig process gets the time to hold; what it started lives as long as it does. */
  async #end({ child, entry, ended }: Started<P>): Promise<void> {
    this.platform.disconnect(child);
    if (entry === 'rig-process' && (await within(HOLD_GRACE_MS, ended))) return;
    child.kill();
    await ended;
  }
}

/** Whether `promise` resolved within `ms`. */
async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const result = await Promise.race([promise.then(() => true as const), late]);
  clearTimeout(timer);
  return result;
}
