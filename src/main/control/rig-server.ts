import { asForesightError, ForesightError } from '../../shared/errors';
import { type PortListing, type Rig, SerialOptions } from '../../shared/rig';
import type { LinkState } from '../../shared/telemetry';
import type { ChildPort } from '../processes/child-port';
import type { Port } from '../processes/port';
import { listPorts, openDriver, probePort } from '../rig';
import type { Driver } from '../rig/driver';
import { systemClock } from './clock';
import { closedState } from './link-state';
import { ControlLoop } from './loop';
import type { AnswerMessage, FromRig, OpenRequest, ToRig } from './messages';

/** How long a rig that holds waits for a new core before it is closed. */
const NEW_CORE_SECONDS = 5;
/** How long the core has to close a rig process that got a signal. */
const CORE_CLOSES_SECONDS = 3;
/** What the last hold and the closing of the port may take when the process ends. */
const LAST_HOLD_SECONDS = 1;

/** A rig that is open: driver and loop. */
interface OpenRig {
  rig: Rig;
  driver: Driver;
  loop: ControlLoop;
}

/** Serves one rig to the core, and keeps it safe when the core goes away. */
export class RigProcess {
  private port: Port;
  private open: OpenRig | undefined;
  private opening = false;
  /** Resolves when a rig that is being opened is open, or is not. */
  private opened: Promise<void> = Promise.resolve();
  /** An e-stop that came while the rig was being opened. */
  private stoppedBy: string | undefined;
  private shuttingDown = false;
  private waitForCore: NodeJS.Timeout | undefined;
  private openError: ForesightError | undefined;

  constructor(
    private readonly child: ChildPort,
    private readonly exit: (code: number) => void,
  ) {
    this.port = child.port;
    this.serve(child.port);
    // The window's e-stop comes on this way, past a core that may be busy or gone.
    child.supervisor?.onMessage((message) => {
      const { type } = message as ToRig;
      if (type === 'stop' || type === 'hold' || type === 'close') this.take(message as ToRig);
    });
    child.onNewPort((port) => {
      clearTimeout(this.waitForCore);
      this.port = port;
      this.serve(port);
      this.sendOpened();
      this.send({ type: 'state', state: this.state });
    });
  }

  /** Hold, close the driver, end the process. Also with a device that does not answer. */
  async shutDown(code: number, why: string): Promise<void> {
    if (this.shuttingDown) return;
    this.shuttingDown = true;
    // A device that is just being opened may have been woken already.
    await atMost(LAST_HOLD_SECONDS, this.opened);
    const { open } = this;
    if (open) {
      await atMost(LAST_HOLD_SECONDS, open.loop.hold(`Held: ${why}.`));
      open.loop.dispose();
      await atMost(LAST_HOLD_SECONDS, open.driver.close());
    }
    this.exit(code);
  }

  /**
   * Asked to end by a signal, which on a terminal reaches the core as well: the rig holds at once, and the core has the time
   * to hear that it does, and to close us.
   */
  async signalled(signal: NodeJS.Signals): Promise<void> {
    const why = `the process was asked to end (${signal})`;
    await atMost(LAST_HOLD_SECONDS, this.open?.loop.hold(`Held: ${why}.`) ?? Promise.resolve());
    setTimeout(() => void this.shutDown(0, why), CORE_CLOSES_SECONDS * 1000);
  }

  private get state(): LinkState {
    if (this.open) return this.open.loop.state;
    if (this.opening) return { ...closedState(), phase: 'opening', reason: 'Opening the rig.' };
    const error = this.openError;
    return error ? { ...closedState(), reason: error.message, error: error.toShape() } : closedState();
  }

  private send(message: FromRig): void {
    this.port.post(message);
  }

  private serve(port: Port): void {
    port.onMessage((message) => this.take(message as ToRig));
    port.onClose(() => {
      if (port === this.port) void this.coreGone();
    });
  }

  /** The rig comes to rest by itself; a supervisor may bring a new core, in plain Node nobody can. */
  private async coreGone(): Promise<void> {
    const why = 'the core of Foresight is gone';
    if (!this.child.supervisor || !this.open) {
      await this.shutDown(0, why);
      return;
    }
    this.waitForCore = setTimeout(() => void this.shutDown(0, why), NEW_CORE_SECONDS * 1000);
    await this.open.loop.hold(`Held: ${why}.`).catch(() => this.send({ type: 'state', state: this.state }));
  }

  private take(message: ToRig): void {
    switch (message.type) {
      case 'open':
        this.opened = this.openRig(message);
        break;
      case 'list-ports':
        void this.answerPorts(message.request, listPorts());
        break;
      case 'probe': {
        const baudRate = SerialOptions.shape.baudRate.parse(message.baudRate);
        const probed = probePort(message.path, baudRate).then((port) => [port]);
        void this.answerPorts(message.request, probed);
        break;
      }
      case 'close':
        void this.shutDown(0, 'the rig was closed');
        break;
      case 'stop':
        if (!this.open) this.stoppedBy = message.by;
        this.takeForLoop(message);
        break;
      default:
        this.takeForLoop(message);
    }
  }

  private takeForLoop(message: Exclude<ToRig, { type: 'open' | 'list-ports' | 'probe' | 'close' }>): void {
    const loop = this.open?.loop;
    if (!loop) {
      const error = new ForesightError('not-found', 'No rig is open.', 'Connect to a rig first.');
      if ('request' in message && message.request !== undefined) this.answer(message.request, error);
      return;
    }
    switch (message.type) {
      case 'begin':
        void this.answerAfter(message.request, loop.begin(message));
        break;
      case 'end':
        loop.end(message.episode);
        break;
      case 'plan':
        loop.plan(message);
        break;
      case 'next':
        loop.next(message.episode);
        break;
      case 'controller':
        try {
          loop.control(message.controller);
        } catch (thrown) {
          const error = asForesightError(thrown);
          this.send({ type: 'state', state: { ...loop.state, error: error.toShape() } });
        }
        break;
      case 'hold':
        void this.answerAfter(message.request, loop.hold('Held.'));
        break;
      case 'release':
        void this.answerAfter(message.request, loop.release('Released: torque is off.'));
        break;
      case 'resume':
        void this.answerAfter(message.request, loop.resume());
        break;
      case 'stop':
        void this.answerAfter(message.request, loop.stop(message.by));
        break;
      default:
        message satisfies never;
    }
  }

  private async openRig(request: OpenRequest): Promise<void> {
    if (this.open || this.opening) {
      if (this.open?.rig.file.name === request.rig.file.name && this.open.driver.mode === request.mode) {
        this.sendOpened();
        this.send({ type: 'state', state: this.state });
      } else {
        const name = this.open?.rig.file.title ?? 'another rig';
        this.failed(new ForesightError('busy', `This process has "${name}" open.`, 'Close it first.'));
      }
      return;
    }
    this.opening = true;
    this.openError = undefined;
    this.send({ type: 'state', state: this.state });
    try {
      requireWatchdog(request);
      const { rig, mode, port, seed } = request;
      const driver = await openDriver(rig, { mode, port, seed }, this.child.host);
      const loop = new ControlLoop(driver, systemClock, (message) => this.send(message));
      this.open = { rig, driver, loop };
      this.opening = false;
      if (this.shuttingDown) return;
      // Either way the first state that is shown has the device's own word in it; a failure is that state's reason.
      if (this.stoppedBy !== undefined) void loop.stop(this.stoppedBy).catch(() => {});
      else await loop.resume().catch(() => {});
      this.sendOpened();
      this.send({ type: 'state', state: this.state });
    } catch (thrown) {
      this.opening = false;
      this.failed(asForesightError(thrown));
    }
  }

  private failed(error: ForesightError): void {
    this.openError = error;
    this.send({ type: 'failed', error: error.toShape() });
  }

  private sendOpened(): void {
    if (!this.open) return;
    const { driver, rig } = this.open;
    this.send({ type: 'opened', info: { ...driver.info }, rig: rig.file.name, mode: driver.mode });
  }

  private answer(request: number, error: ForesightError | null, more: Partial<AnswerMessage> = {}): void {
    this.send({ type: 'answer', request, error: error?.toShape() ?? null, ...more });
  }

  private async answerAfter(request: number | undefined, done: Promise<void>): Promise<void> {
    let error: ForesightError | null = null;
    try {
      await done;
    } catch (thrown) {
      error = asForesightError(thrown);
    }
    if (request === undefined) this.send({ type: 'state', state: this.state });
    else this.answer(request, error, { state: this.state });
  }

  private async answerPorts(request: number, ports: Promise<PortListing[]>): Promise<void> {
    try {
      this.answer(request, null, { ports: await ports });
    } catch (thrown) {
      this.answer(request, asForesightError(thrown));
    }
  }
}

/** A command must live until the next one comes, or the rig stutters from watchdog to watchdog. */
function requireWatchdog({ rig, mode }: OpenRequest): void {
  const { periodSeconds, safety } = rig.file;
  if (mode === 'lockstep' || safety.watchdogSeconds > periodSeconds) return;
  throw new ForesightError(
    'bad-file',
    `safety.watchdogSeconds (${safety.watchdogSeconds} s) of "${rig.file.name}" must be longer than periodSeconds (${periodSeconds} s).`,
    'Correct the rig file: a watchdog of a few periods suits most rigs.',
  );
}

/** Resolves when `work` is over, however it ended, or after `seconds`: the end of the process does not wait longer. */
function atMost(seconds: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}
