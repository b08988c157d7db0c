import type { CalibrationAct, CalibrationProgress } from '../../shared/calibration';
import type { Disposable } from '../../shared/disposable';
import { ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import type { LinkState } from '../../shared/telemetry';
import { heard } from '../processes/heard';
import type { Host, SpawnedProcess } from '../processes/port';
import type { DriverInfo } from '../rig/driver';
import { closedState } from './link-state';
import { FromRigSchema } from './message-schemas';
import type {
  AnswerMessage,
  AwaitingMessage,
  BeginRequest,
  ControllerSpec,
  EndedMessage,
  FromRig,
  LiveMessage,
  OpenedMessage,
  OpenRequest,
  PlanMessage,
  TickMessage,
  ToRig,
} from './messages';

/** The rig process tells its state twice a second; this long without a word and we say that it is silent. */
const SILENCE_SECONDS = 3;

interface RigEvents {
  tick: TickMessage;
  awaiting: AwaitingMessage;
  ended: EndedMessage;
  live: LiveMessage;
  state: LinkState;
  calibrating: CalibrationProgress;
}

/**
 * The core's end of a rig process. Never throws because the process died: the state becomes `lost` with a
 * sentence, waiting calls reject with rig-gone, and an episode that was running gets an `ended` with `fault`.
 */
export class RigSession {
  private readonly listeners: { [K in keyof RigEvents]: Set<(event: RigEvents[K]) => void> } = {
    tick: new Set(),
    awaiting: new Set(),
    ended: new Set(),
    live: new Set(),
    state: new Set(),
    calibrating: new Set(),
  };
  private readonly asked = new Map<
    number,
    { resolve(answer: AnswerMessage): void; reject(error: ForesightError): void }
  >();
  private lastRequest = 0;
  private newest: LinkState;
  /** Holds, releases and stops that are known of here: those that the newest state tells of, and our own on their way. */
  private halts: number;
  private lostBecause: ForesightError | undefined;
  private closing = false;
  private running: { episode: number; rows: number } | undefined;
  private lastWord = performance.now();
  readonly info: DriverInfo;
  private readonly silenceWatch: NodeJS.Timeout;
  private readonly over: Promise<void>;

  constructor(
    private readonly process: SpawnedProcess,
    readonly rig: Rig,
    readonly mode: 'realtime' | 'lockstep',
    { info, state, halts }: Pick<OpenedMessage, 'info' | 'state' | 'halts'>,
    private newestLive: LiveMessage | null = null,
  ) {
    this.info = info;
    this.newest = state;
    this.halts = halts;
    process.onMessage((message) => {
      const said = heard(FromRigSchema, message, 'the rig process');
      if (said) this.take(said);
    });
    this.over = new Promise((resolve) => {
      process.onClose((reason) => {
        this.processEnded(reason);
        resolve();
      });
    });
    this.silenceWatch = setInterval(() => this.watchSilence(), 1000);
    this.silenceWatch.unref();
  }

  /** What the rig process said last; `lost` after its end. */
  get state(): LinkState {
    return this.newest;
  }

  /** Process id of the rig process, for messages and tests. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  /** Resolves when the rig stands at its start and step 0 is about to come. */
  begin(request: BeginRequest): Promise<LinkState> {
    // An episode that is running already stays the one to be reported should the process die.
    this.running ??= { episode: request.episode, rows: 0 };
    return this.ask((number) => ({ type: 'begin', request: number, ...request })).then(
      (answer) => answer.state ?? this.newest,
      (error: unknown) => {
        if (this.running?.episode === request.episode) this.running = undefined;
        throw error;
      },
    );
  }

  end(episode: number): void {
    this.post({ type: 'end', episode });
  }

  plan(plan: Omit<PlanMessage, 'type'>): void {
    this.post({ type: 'plan', ...plan });
  }

  next(episode: number): void {
    this.post({ type: 'next', episode });
  }

  /** The dead-man key: whether it is wanted, and whether it is held; that counts for 150 ms. */
  deadMan(key: { wanted?: boolean | undefined; held?: boolean | undefined }): void {
    this.post({ type: 'dead-man', ...key });
  }

  /** Outside episodes: idle or jog. */
  controller(controller: ControllerSpec): void {
    this.post({ type: 'controller', controller });
  }

  /** Resolves with the device's read-back when it has confirmed; rejects when it did not. `why` is the cause, a sentence. */
  hold(why?: string): Promise<LinkState> {
    return this.halt((request) => ({ type: 'hold', request, why }));
  }

  release(): Promise<LinkState> {
    return this.halt((request) => ({ type: 'release', request }));
  }

  resume(): Promise<LinkState> {
    return this.safety((request) => ({ type: 'resume', request, seen: this.halts }));
  }

  /** Emergency stop. `by` is who pressed it, as the log shall say it. */
  stop(by: string): Promise<LinkState> {
    return this.halt((request) => ({ type: 'stop', by, request }));
  }

  /** A step of a calibration; resolves when it is done. */
  async calibrate(act: CalibrationAct): Promise<void> {
    await this.ask((request) => ({ type: 'calibrate', request, act }));
  }

  /**
   * Hold, close the port, end the process; resolves when it has ended (killed if it does not in `graceSeconds`) with
   * what was known of the rig last: whether it holds is in its read-back.
   */
  async close(graceSeconds = 5): Promise<LinkState> {
    this.closing = true;
    this.post({ type: 'close' });
    const timer = setTimeout(() => this.process.kill(), graceSeconds * 1000);
    await this.over;
    clearTimeout(timer);
    return this.newest;
  }

  onTick(listener: (tick: TickMessage) => void): Disposable {
    return this.listen('tick', listener);
  }
  onAwaiting(listener: (awaiting: AwaitingMessage) => void): Disposable {
    return this.listen('awaiting', listener);
  }
  onEnded(listener: (ended: EndedMessage) => void): Disposable {
    return this.listen('ended', listener);
  }
  /** Also of the newest that came before: in lockstep a rig that stands still says how it stands once. */
  onLive(listener: (live: LiveMessage) => void): Disposable {
    if (this.newestLive) listener(this.newestLive);
    return this.listen('live', listener);
  }
  onCalibrating(listener: (progress: CalibrationProgress) => void): Disposable {
    return this.listen('calibrating', listener);
  }
  onState(listener: (state: LinkState) => void): Disposable {
    return this.listen('state', listener);
  }

  private listen<K extends keyof RigEvents>(kind: K, listener: (event: RigEvents[K]) => void): Disposable {
    const set = this.listeners[kind];
    set.add(listener);
    return { dispose: () => set.delete(listener) };
  }

  private emit<K extends keyof RigEvents>(kind: K, event: RigEvents[K]): void {
    for (const listener of [...this.listeners[kind]]) listener(event);
  }

  private post(message: ToRig): void {
    this.process.post(message);
  }

  private ask(message: (request: number) => ToRig): Promise<AnswerMessage> {
    if (this.lostBecause) return Promise.reject(this.lostBecause);
    this.lastRequest += 1;
    const request = this.lastRequest;
    return new Promise((resolve, reject) => {
      this.asked.set(request, { resolve, reject });
      this.post(message(request));
    });
  }

  private halt(message: (request: number) => ToRig): Promise<LinkState> {
    this.halts += 1;
    return this.safety(message);
  }

  private async safety(message: (request: number) => ToRig): Promise<LinkState> {
    const answer = await this.ask(message);
    return answer.state ?? this.newest;
  }

  private take(message: FromRig): void {
    this.lastWord = performance.now();
    switch (message.type) {
      case 'state':
        this.know(message.state, message.halts);
        this.emit('state', message.state);
        break;
      case 'tick':
        if (this.running?.episode === message.episode) this.running.rows = message.step + 1;
        this.emit('tick', message);
        break;
      case 'ended':
        if (this.running?.episode === message.episode) this.running = undefined;
        this.emit('ended', message);
        break;
      case 'awaiting':
        this.emit('awaiting', message);
        break;
      case 'live':
        this.newestLive = message;
        this.emit('live', message);
        break;
      case 'answer': {
        const asked = this.asked.get(message.request);
        this.asked.delete(message.request);
        if (message.state) this.know(message.state, message.halts);
        if (message.error) asked?.reject(ForesightError.fromShape(message.error));
        else asked?.resolve(message);
        break;
      }
      case 'calibrating':
        this.emit('calibrating', message.progress);
        break;
      case 'opened':
      case 'failed':
        break;
      default:
        message satisfies never;
    }
  }

  private know(state: LinkState, halts = this.halts): void {
    this.newest = state;
    this.halts = Math.max(this.halts, halts);
  }

  private watchSilence(): void {
    const seconds = (performance.now() - this.lastWord) / 1000;
    if (this.lostBecause || seconds < SILENCE_SECONDS) return;
    const reason = `The rig process has said nothing for ${Math.round(seconds)} s; what the rig does now is not known.`;
    const error = new ForesightError(
      'rig-process-silent',
      reason,
      'Use the e-stop of the rig itself, then close the rig.',
    );
    this.newest = { ...this.newest, reason, readback: null, error: error.toShape() };
    this.emit('state', this.newest);
  }

  private processEnded(reason: string): void {
    clearInterval(this.silenceWatch);
    const error = this.closing
      ? new ForesightError('rig-gone', 'The rig was closed.', 'Connect it again.')
      : new ForesightError(
          'rig-gone',
          `The rig is no longer under control: ${reason} What it does now is not known; a device that keeps to its watchdog stops ${this.rig.file.safety.watchdogSeconds} s after the last command.`,
          'Look at the rig, then connect it again.',
        );
    this.lostBecause = error;
    this.newest = this.closing
      ? closedAfter(this.newest)
      : { ...this.newest, phase: 'lost', reason: error.message, readback: null, error: error.toShape() };
    const running = this.running;
    this.running = undefined;
    if (running) {
      this.emit('ended', {
        type: 'ended',
        episode: running.episode,
        reason: 'fault',
        message: error.message,
        rows: running.rows,
        events: [{ step: Math.max(0, running.rows - 1), kind: 'rig-fault', message: error.message }],
        error: error.toShape(),
      });
    }
    for (const asked of this.asked.values()) asked.reject(error);
    this.asked.clear();
    this.emit('state', this.newest);
  }
}

/** What is known of a rig whose process has ended as it was asked to. */
function closedAfter({ readback, reason }: LinkState): LinkState {
  const holds = readback?.halted === true;
  return {
    ...closedState(),
    readback,
    reason: holds ? 'Closed; the rig has confirmed its hold.' : `Closed without a confirmed hold: ${reason}`,
  };
}

/** How long a rig may take to be open: a model of large meshes is compiled meanwhile, or a port is searched for. */
const OPENING_SECONDS = 60;
/** How long a rig process has to let go of the rig that it was opening, before it is ended. */
const LET_GO_SECONDS = 5;

/**
 * Starts a rig process and opens `request.rig` in it. Rejects with what the driver says (rig-silent, busy, ...), with
 * rig-silent when it is not open in time, and with the permit's reason when that becomes void first: then the rig process
 * has let go of the rig again, and ended.
 */
export async function openRigSession(
  host: Host,
  request: OpenRequest,
  permit: AbortSignal = new AbortController().signal,
  openingSeconds = OPENING_SECONDS,
): Promise<RigSession> {
  permit.throwIfAborted();
  const label = `Rig process of ${request.rig.file.name}`;
  return attachRigSession(await host.spawn('rig-process', { label }), request, permit, openingSeconds);
}

function attachRigSession(
  process: SpawnedProcess,
  request: OpenRequest,
  permit: AbortSignal,
  openingSeconds: number,
): Promise<RigSession> {
  return new Promise((resolve, reject) => {
    let kill: NodeJS.Timeout | undefined;
    let late = false;
    /** How the rig stood when it was opened. */
    let live: LiveMessage | null = null;
    const opening = setTimeout(() => {
      late = true;
      letGo();
    }, openingSeconds * 1000);
    const letGo = () => {
      process.post({ type: 'close' } satisfies ToRig);
      kill = setTimeout(() => process.kill(), LET_GO_SECONDS * 1000);
    };
    const settle = (finish: () => void) => {
      clearTimeout(kill);
      clearTimeout(opening);
      permit.removeEventListener('abort', letGo);
      listening.dispose();
      closing.dispose();
      finish();
    };
    const listening = process.onMessage((raw) => {
      const message = heard(FromRigSchema, raw, 'the rig process');
      // What comes after a stop, or after its time, comes too late.
      if (permit.aborted || late || !message) return;
      if (message.type === 'live') live = message;
      if (message.type === 'opened') {
        settle(() => resolve(new RigSession(process, request.rig, request.mode, message, live)));
      } else if (message.type === 'failed') {
        settle(() => reject(ForesightError.fromShape(message.error)));
        process.close();
      }
    });
    const closing = process.onClose((reason) =>
      settle(() =>
        reject(
          permit.aborted
            ? permit.reason
            : late
              ? tookTooLong(request, openingSeconds)
              : new ForesightError(
                  'rig-gone',
                  `The rig could not be opened: ${reason}`,
                  'Try again; if it happens again, run with --debug.',
                ),
        ),
      ),
    );
    permit.addEventListener('abort', letGo);
    if (permit.aborted) return letGo();
    process.post({ type: 'open', ...request } satisfies ToRig);
  });
}

function tookTooLong({ rig }: OpenRequest, seconds: number): ForesightError {
  return new ForesightError(
    'rig-silent',
    `"${rig.file.title}" was not open after ${seconds} s.`,
    'Check the rig (foresight rig check); make its model smaller, or its connection sound.',
  );
}
