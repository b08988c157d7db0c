import type { ErrorShape } from '../../shared/errors';
import type { Notice } from '../../shared/telemetry';
import { within } from './ending';
import { heard, typeOf } from './heard';
import { FromCore, TO_SUPERVISOR_TYPES, type ToCore } from './messages';
import { type Child, type Platform, ProcessKeeper } from './process-keeper';

type NoticeText = Omit<Notice, 'at'>;

export interface SupervisorOptions {
  /** Workspace. */
  folder: string;
  version: string;
  /** The core serves clients. */
  onReady?(): void;
  /** A new core is there after the old one died: clients need new ports. */
  onRestart(): void;
  /** The core will not come back. */
  onFailed(error: ErrorShape): void;
  /** Waiting before the n-th restart within a minute, ms; its length is how often it is tried. */
  backOffMs?: readonly number[];
}

const BACK_OFF_MS = [0, 250, 1000, 4000];
const BACK_OFF_WINDOW_MS = 60_000;
/** How long the core has to close its log when asked. */
const CLOSE_GRACE_MS = 8_000;

const RESTARTED: NoticeText = {
  level: 'error',
  message:
    'The core ended unexpectedly and was started again; what the rig does is not known until it is connected.',
  next: 'Look at the rig, then connect it again. An episode that was being recorded is kept and marked interrupted.',
};

/**
 * Keeps a core running: starts it, starts what it asks for, starts it again when it dies, and passes an e-stop to
 * the rig processes without asking it. Knows neither Electron nor sockets.
 */
export class Supervisor<P> {
  readonly #keeper: ProcessKeeper<P>;
  #core: Child<P> | undefined;
  #coreEnded: Promise<void> = Promise.resolve();
  #ready = false;
  /** The core that there is now is the last one. */
  #final = false;
  #closing: Promise<void> | undefined;
  /** Ports of clients that came while no core was ready. */
  readonly #waiting: P[] = [];
  readonly #deaths: number[] = [];

  constructor(
    private readonly platform: Platform<P>,
    private readonly options: SupervisorOptions,
  ) {
    this.#keeper = new ProcessKeeper(platform);
  }

  get corePid(): number | undefined {
    return this.#core?.pid;
  }

  start(): Promise<void> {
    return this.#startCore();
  }

  /** Gives a client's port to the core, now or as soon as there is one. */
  attach(port: P): void {
    if (this.#core && this.#ready) this.#core.post({ type: 'client' } satisfies ToCore, [port]);
    else this.#waiting.push(port);
  }

  /** The e-stop's first way: straight to every rig process. `by` is who pressed it, for the log. */
  stop(by: string): void {
    this.#keeper.tell('rig-process', { type: 'stop', by });
  }

  /** The core brings the rig to hold and closes its log; then whatever is left ends. */
  shutdown(): Promise<void> {
    this.#final = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #startCore(notice?: NoticeText): Promise<void> {
    const core = await this.platform.start('core-process', { label: 'Foresight core', args: [] });
    this.#core = core;
    this.#keeper.serve(core);
    core.onMessage((message) => {
      // What it wants started or ended is the keeper's.
      if (TO_SUPERVISOR_TYPES.has(typeOf(message))) return;
      const said = heard(FromCore, message, 'the core');
      if (said) this.#fromCore(core, said);
    });
    this.#coreEnded = new Promise((resolve) => {
      core.onExit((reason) => {
        resolve();
        this.#coreGone(reason);
      });
    });
    const { folder, version } = this.options;
    core.post({ type: 'start', folder, version, ...(notice ? { notice } : {}) } satisfies ToCore);
  }

  #fromCore(core: Child<P>, message: FromCore): void {
    if (message.type === 'ready') {
      this.#ready = true;
      for (const port of this.#waiting.splice(0)) core.post({ type: 'client' } satisfies ToCore, [port]);
      this.options.onReady?.();
    } else {
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
    if (wait === undefined) this.#giveUp(reason);
    else setTimeout(() => void this.#restart(), wait);
  }

  async #restart(): Promise<void> {
    if (this.#final) return;
    try {
      await this.#startCore(RESTARTED);
      this.options.onRestart();
    } catch (thrown) {
      this.#giveUp(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #giveUp(reason: string): void {
    this.#final = true;
    this.options.onFailed({
      code: 'internal',
      message: `The core ended ${this.#deaths.length} times within a minute and is not started again: ${reason}`,
      next: 'Start Foresight again; if it repeats, send the output of a start from a terminal to the developers.',
    });
  }

  async #close(): Promise<void> {
    this.#core?.post({ type: 'shutdown' } satisfies ToCore);
    if (!(await within(CLOSE_GRACE_MS, this.#coreEnded))) this.#core?.kill();
    await this.#keeper.endAll();
  }
}
