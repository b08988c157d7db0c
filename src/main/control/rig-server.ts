import type { CalibrationAct } from '../../shared/calibration';
import { asForesightError, ForesightError } from '../../shared/errors';
import { type Rig, SerialOptions } from '../../shared/rig';
import type { LinkState } from '../../shared/telemetry';
import type { ChildPort } from '../processes/child-port';
import { heard } from '../processes/heard';
import type { Port } from '../processes/port';
import { listPorts, openDriver, probePort, scanMotors, setUpMotorAt } from '../rig';
import type { Driver } from '../rig/driver';
import { systemClock } from './clock';
import { closedState } from './link-state';
import { ControlLoop } from './loop';
import { ToRigSchema } from './message-schemas';
import type { AnswerMessage, FromRig, OpenRequest, ToRig } from './messages';

/** How long a rig that holds waits for a new core before it is closed. */
const NEW_CORE_SECONDS = 5;
/** How long the core has to close a rig process that got a signal. */
const CORE_CLOSES_SECONDS = 3;
/** What the last hold and the closing of the port may take when the process ends. */
const LAST_HOLD_SECONDS = 1;
const ENDING = 'The rig is being closed.';

/** What brings a rig to rest. */
type Halt = Extract<ToRig, { type: 'stop' | 'hold' | 'release' }>;

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
  /** Stops, holds and releases that came before the rig was open: carried out instead of resuming it. */
  private haltsBeforeOpen: Halt[] = [];
  /** The end was asked for: from now on nothing is taken but what brings the rig to rest. */
  private ending = false;
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
      const said = heard(ToRigSchema, message, 'the supervisor');
      if (said?.type === 'stop' || said?.type === 'hold' || said?.type === 'close') this.take(said);
    });
    child.onNewPort((port) => {
      clearTimeout(this.waitForCore);
      this.port = port;
      this.serve(port);
      this.sendOpened();
      this.sendState();
    });
  }

  /** Hold, close the driver, end the process. Also with a device that does not answer. */
  async shutDown(code: number, why: string): Promise<void> {
    if (this.shuttingDown) return;
    this.shuttingDown = true;
    this.ending = true;
    // A device that is just being opened may have been woken already.
    await atMost(LAST_HOLD_SECONDS, this.opened);
    const { open } = this;
    if (open) {
      await atMost(LAST_HOLD_SECONDS, open.loop.hold(`${why}.`));
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
    this.ending = true;
    if (this.open) await atMost(LAST_HOLD_SECONDS, this.open.loop.hold(`${why}.`));
    else this.haltsBeforeOpen.push({ type: 'hold', why: `${why}.` });
    setTimeout(() => void this.shutDown(0, why), CORE_CLOSES_SECONDS * 1000);
  }

  private get state(): LinkState {
    if (this.open) return this.open.loop.state;
    if (this.opening) return { ...closedState(), phase: 'opening', reason: 'Opening the rig.' };
    const error = this.openError;
    return error ? { ...closedState(), reason: error.message, error: error.toShape() } : closedState();
  }

  private sendState(): void {
    this.send({ type: 'state', state: this.state, halts: this.halts });
  }

  /** Holds, releases and stops that have been asked for. */
  private get halts(): number {
    return (this.open?.loop.safety.halts ?? 0) + this.haltsBeforeOpen.length;
  }

  private send(message: FromRig): void {
    this.port.post(message);
  }

  private serve(port: Port): void {
    port.onMessage((message) => {
      const said = heard(ToRigSchema, message, 'the core');
      if (said) this.take(said);
    });
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
    await this.open.loop.hold(`${why}.`).catch(() => this.sendState());
  }

  private take(message: ToRig): void {
    const isRest = ['close', 'stop', 'hold', 'release'].includes(message.type);
    if (this.ending && !isRest) {
      this.refuse(message, new ForesightError('stopped', ENDING, 'Connect again.'));
      return;
    }
    switch (message.type) {
      case 'open':
        this.opened = this.openRig(message);
        break;
      case 'list-ports':
        void this.answerWith(
          message.request,
          listPorts().then((ports) => ({ ports })),
        );
        break;
      case 'probe': {
        const baudRate = SerialOptions.shape.baudRate.parse(message.baudRate);
        const probed = probePort(message.path, baudRate).then((port) => ({ ports: [port] }));
        void this.answerWith(message.request, probed);
        break;
      }
      case 'set-up-motor':
        void this.answerWith(
          message.request,
          setUpMotorAt(message.path, message.setUp).then((motor) => ({ motors: [motor] })),
        );
        break;
      case 'calibrate':
        void this.answerAfter(message.request, this.calibrate(message.act));
        break;
      case 'scan-motors':
        void this.answerWith(
          message.request,
          scanMotors(message.path, message.search).then((motors) => ({ motors })),
        );
        break;
      case 'close':
        void this.shutDown(0, 'the rig was closed');
        break;
      case 'stop':
      case 'hold':
      case 'release':
        if (this.open) this.takeForLoop(message);
        else this.haltsBeforeOpen.push(message);
        break;
      default:
        this.takeForLoop(message);
    }
  }

  private async calibrate(act: CalibrationAct): Promise<void> {
    const { open } = this;
    if (open?.driver.calibration) return open.driver.calibration.act(act);
    throw open
      ? new ForesightError(
          'wrong-use',
          `"${open.rig.file.title}" has nothing to calibrate: its driver is "${open.rig.file.driver}".`,
          'Choose a rig with servo motors (driver "feetech" or "dynamixel").',
        )
      : new ForesightError('not-found', 'No rig is open.', 'Connect to a rig first.');
  }

  private refuse(message: ToRig, error: ForesightError): void {
    if ('request' in message && message.request !== undefined) this.answer(message.request, error);
    else if (message.type === 'open') this.failed(error);
  }

  private takeForLoop(
    message: Exclude<
      ToRig,
      { type: 'open' | 'list-ports' | 'probe' | 'scan-motors' | 'set-up-motor' | 'calibrate' | 'close' }
    >,
  ): void {
    const loop = this.open?.loop;
    if (!loop) {
      this.refuse(message, new ForesightError('not-found', 'No rig is open.', 'Connect to a rig first.'));
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
      case 'dead-man':
        // Held first: who switches it on with the key down goes on.
        if (message.held !== undefined) loop.deadMan.beat(message.held);
        if (message.wanted !== undefined) loop.deadMan.want(message.wanted);
        break;
      case 'controller':
        try {
          loop.control(message.controller);
        } catch (thrown) {
          const error = asForesightError(thrown);
          const state = { ...loop.state, error: error.toShape() };
          this.send({ type: 'state', state, halts: this.halts });
        }
        break;
      case 'hold':
        void this.answerAfter(message.request, loop.hold(message.why));
        break;
      case 'release':
        void this.answerAfter(message.request, loop.release());
        break;
      case 'resume':
        void this.answerAfter(message.request, loop.resume(message.seen));
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
        this.sendState();
      } else {
        const name = this.open?.rig.file.title ?? 'another rig';
        this.failed(new ForesightError('busy', `This process has "${name}" open.`, 'Close it first.'));
      }
      return;
    }
    this.opening = true;
    this.openError = undefined;
    this.sendState();
    try {
      requireWatchdog(request);
      requireWorkspace(request);
      const { rig, workspace, onHold, ...options } = request;
      if (onHold !== undefined) this.haltsBeforeOpen.push({ type: 'hold', why: onHold });
      const driver = await openDriver(rig, options, this.child.host);
      driver.calibration?.onProgress((progress) => this.send({ type: 'calibrating', progress }));
      const loop = new ControlLoop(driver, systemClock, (message) => this.send(message), workspace);
      this.open = { rig, driver, loop };
      this.opening = false;
      if (this.shuttingDown) return;
      await this.firstWord(loop);
      this.sendOpened();
      this.sendState();
    } catch (thrown) {
      this.opening = false;
      const error = asForesightError(thrown);
      for (const halt of this.haltsBeforeOpen.splice(0)) this.refuse(halt, error);
      this.failed(error);
    }
  }

  /**
   * The first state that is shown has the device's own word in it; a failure is that state's reason. A rig that was
   * asked to rest while it was being opened is not resumed.
   */
  private async firstWord(loop: ControlLoop): Promise<void> {
    const halts = this.haltsBeforeOpen.splice(0);
    if (halts.length === 0) await loop.resume().catch(() => {});
    else for (const halt of halts) this.takeForLoop(halt);
  }

  private failed(error: ForesightError): void {
    this.openError = error;
    this.send({ type: 'failed', error: error.toShape() });
  }

  private sendOpened(): void {
    if (!this.open) return;
    const { driver, rig } = this.open;
    this.send({
      type: 'opened',
      info: { ...driver.info },
      rig: rig.file.name,
      mode: driver.mode,
      state: this.state,
      halts: this.halts,
    });
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
    if (request === undefined) this.sendState();
    else this.answer(request, error, { state: this.state, halts: this.halts });
  }

  private async answerWith(
    request: number,
    found: Promise<Pick<AnswerMessage, 'ports' | 'motors'>>,
  ): Promise<void> {
    try {
      this.answer(request, null, await found);
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

/** Limits that nobody keeps are worse than none. */
function requireWorkspace({ rig, workspace }: OpenRequest): void {
  if (!rig.file.safety.workspace || workspace) return;
  throw new ForesightError(
    'internal',
    `"${rig.file.name}" has a workspace (safety.workspace), and was to be opened without what is needed to keep it.`,
    'Send this to the developers; the rig was not opened.',
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
