import { within } from './ending';
import type { EntryName } from './entry';
import { heard, typeOf } from './heard';
import { type FromSupervisor, TO_SUPERVISOR_TYPES, ToSupervisor } from './messages';

/** A started process. `P` is what the platform hands over as one end of a connection. */
export interface Child<P> {
  readonly pid: number | undefined;
  post(message: unknown, ports?: P[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Once, with a sentence and the exit code (null after a signal). */
  onExit(listener: (reason: string, code: number | null) => void): void;
  kill(): void;
}

/** What starting processes needs from its surroundings; electron-host.ts and serve-host.ts each have one. */
export interface Platform<P> {
  /** Rejects with a sentence when the process cannot be started. */
  start(entry: EntryName, options: { label: string; args: string[] }): Promise<Child<P>>;
  /** A way to `child` that can be handed to another process. */
  connect(child: Child<P>): P;
  /** Cuts the way that `connect` opened: the child sees its port close. */
  disconnect(child: Child<P>): void;
}

/** How long a rig process has to bring its rig to hold and end after its core has gone. */
const HOLD_GRACE_MS = 10_000;

interface Started<P> {
  child: Child<P>;
  entry: EntryName;
  /** Resolved when the process has ended. */
  ended: Promise<void>;
}

/**
 * Starts and ends processes on request of other processes, which cannot do it themselves (Electron's utility
 * processes) or shall not (an e-stop must reach a rig process whatever its core is doing).
 */
export class ProcessKeeper<P> {
  readonly #started = new Set<Started<P>>();

  constructor(private readonly platform: Platform<P>) {}

  /** Takes the requests of `asker`. What it asked for ends with it. */
  serve(asker: Child<P>): void {
    const asked = new Map<number, Started<P>>();
    let gone = false;
    asker.onMessage((message) => {
      // What else it says is for others.
      if (!TO_SUPERVISOR_TYPES.has(typeOf(message))) return;
      const request = heard(ToSupervisor, message, 'a process that wants others started');
      if (!request) return;
      if (request.type === 'spawn') void this.#spawn(asker, request, asked, () => gone);
      else asked.get(request.id)?.child.kill();
    });
    asker.onExit(() => {
      gone = true;
      for (const started of asked.values()) void this.#end(started);
    });
  }

  /** To every process of this kind, past whoever asked for it. */
  tell(entry: EntryName, message: unknown): void {
    for (const started of this.#started) if (started.entry === entry) started.child.post(message);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#started].map((started) => this.#end(started)));
  }

  async #spawn(
    asker: Child<P>,
    { id, entry, label, args }: Extract<ToSupervisor, { type: 'spawn' }>,
    asked: Map<number, Started<P>>,
    askerIsGone: () => boolean,
  ): Promise<void> {
    let child: Child<P>;
    try {
      child = await this.platform.start(entry, { label, args });
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      asker.post({ type: 'spawn-failed', id, reason } satisfies FromSupervisor);
      return;
    }
    let over: () => void = () => {};
    const started: Started<P> = {
      child,
      entry,
      ended: new Promise((resolve) => {
        over = resolve;
      }),
    };
    this.#started.add(started);
    asked.set(id, started);
    child.onExit((reason) => {
      asked.delete(id);
      this.#started.delete(started);
      if (!askerIsGone()) asker.post({ type: 'exited', id, reason } satisfies FromSupervisor);
      over();
    });
    this.serve(child);
    if (askerIsGone()) return this.#end(started);
    const port = this.platform.connect(child);
    asker.post({ type: 'spawned', id, pid: child.pid } satisfies FromSupervisor, [port]);
  }

  /** A rig process gets the time to hold; what it started itself lives as long as it does. */
  async #end({ child, entry, ended }: Started<P>): Promise<void> {
    this.platform.disconnect(child);
    if (entry === 'rig-process' && (await within(HOLD_GRACE_MS, ended))) return;
    child.kill();
    await ended;
  }
}
