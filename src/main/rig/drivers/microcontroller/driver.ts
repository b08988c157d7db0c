import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import { hostSeconds } from '../../clock';
import type { Driver, DriverInfo, Observation, Readback } from '../../driver';
import { Listeners } from '../../listeners';
import type { DeviceLink, Received, Request } from './device-link';
import { checkHello, type Hello } from './hello';
import { DeviceClock } from './protocol/frame';
import { type DeviceMessage, ERROR_CODE, type HostMessage, UNASKED } from './protocol/messages';
import { watchSilence } from './silence';

type Status = Extract<DeviceMessage, { kind: 'status' }>;

const ASK_EVERY_MS = 60;
const ASK_ATTEMPTS = 10;
/** A real cart has to drive home and its pole to come to rest. */
const RESET_ASK_EVERY_MS = 250;
const RESET_ATTEMPTS = 80;
/** Hold and release are asked for without end; after this long a person is told to cut the power. */
const UNCONFIRMED_MS = 500;
const FIRST_OBSERVATION_SECONDS = 1;

/** Takes over a device that said hello: checks it against the rig, wakes it and starts its stream. */
export async function startSerialDriver(rig: Rig, link: DeviceLink, hello: Hello): Promise<Driver> {
  checkHello(hello, rig, link.transport.description);
  const driver = new SerialDriver(rig, link, hello);
  try {
    await driver.start();
  } catch (thrown) {
    await driver.close();
    throw thrown;
  }
  return driver;
}

class SerialDriver implements Driver {
  readonly mode = 'realtime';
  readonly info: DriverInfo;
  private readonly observed = new Listeners<Observation>();
  private readonly faults = new Listeners<ForesightError>();
  private readonly clock = new DeviceClock();
  private readonly counts = { observations: 0, commands: 0, notSent: 0, refused: 0, expired: 0, unusable: 0 };
  private readonly disposables: Disposable[] = [];
  private newest: Observation | undefined;
  /** From the moment hold or release is asked for until resume is: no command leaves this computer. */
  private blocked = true;
  /** The safety request under way, and how its promise follows the one that replaces it. */
  private safety: { supersede(by: Promise<Readback>): void } | undefined;
  /** Resume and reset requests, which a hold ends at once. */
  private readonly yielding = new Set<Request<unknown>>();
  private refusalTold = false;
  private goneBecause: ForesightError | undefined;
  private closing = false;

  constructor(
    readonly rig: Rig,
    private readonly link: DeviceLink,
    hello: Hello,
  ) {
    this.info = { name: hello.firmware, version: hello.firmwareVersion, link: link.transport.description };
    this.disposables.push(link.onMessage((received) => this.take(received)));
    this.disposables.push(link.transport.onClose((reason) => this.finish(reason)));
  }

  async start(): Promise<void> {
    await this.resume();
    const periodMicros = Math.round(this.rig.file.periodSeconds * 1e6);
    const observation = this.nextObservation(FIRST_OBSERVATION_SECONDS + 5 * this.rig.file.periodSeconds);
    await Promise.all([this.ask({ kind: 'stream', periodMicros }).answer, observation]);
    this.disposables.push(
      watchSilence({
        periodSeconds: this.rig.file.periodSeconds,
        description: this.link.transport.description,
        lastObservationSeconds: () => this.newest?.hostSeconds ?? hostSeconds(),
        bytes: () => this.link.counters().bytes,
        onFault: (fault) => {
          if (fault.code !== 'rig-gone') return this.faults.emit(fault);
          this.finish(fault);
          void this.link.transport.close();
        },
      }),
    );
  }

  latest(): Observation | undefined {
    return this.newest;
  }

  onObservation(listener: (observation: Observation) => void): Disposable {
    return this.observed.add(listener);
  }

  onFault(listener: (error: ForesightError) => void): Disposable {
    return this.faults.add(listener);
  }

  act(values: Float64Array, ttlSeconds: number): void {
    this.requireHere();
    if (values.length !== this.rig.file.actions.length || !values.every(Number.isFinite)) {
      throw new ForesightError(
        'internal',
        `A command of ${values.length} values (${values.join(', ')}) cannot be sent to "${this.rig.file.title}".`,
        'Send this to the developers; the rig stops by itself.',
      );
    }
    if (this.blocked) {
      this.counts.notSent++;
      return;
    }
    this.counts.commands++;
    this.link.send({ kind: 'command', ttlMillis: Math.max(1, Math.round(ttlSeconds * 1000)), values });
  }

  async reset(seed: number): Promise<Observation> {
    this.requireHere();
    const wireSeed = (seed >>> 0) ^ (Math.floor(seed / 0x1_0000_0000) >>> 0);
    let start: Promise<Observation> | undefined;
    const request = this.ask(
      { kind: 'reset', seed: wireSeed >>> 0 },
      RESET_ASK_EVERY_MS,
      RESET_ATTEMPTS,
      () => {
        // Listening begins with the answer itself: the start's observation may lie in the same chunk of bytes.
        start = this.nextObservation(FIRST_OBSERVATION_SECONDS + this.rig.file.periodSeconds);
        start.catch(() => {});
      },
    );
    await this.yieldToSafety(request);
    return start ?? this.nextObservation(FIRST_OBSERVATION_SECONDS + this.rig.file.periodSeconds);
  }

  hold(): Promise<Readback> {
    return this.makeSafe('hold', (status) => status.halted && status.torque);
  }

  release(): Promise<Readback> {
    return this.makeSafe('release', (status) => status.halted && !status.torque);
  }

  async resume(): Promise<Readback> {
    this.requireHere();
    const readback = toReadback(await this.yieldToSafety(this.ask({ kind: 'resume' })));
    this.blocked = readback.halted;
    this.refusalTold = false;
    return readback;
  }

  counters(): Record<string, number> {
    return { ...this.link.counters(), ...this.counts };
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    this.blocked = true;
    if (!this.goneBecause) {
      // The stream is asked to end; a device that does not answer is left to its own watchdog.
      await this.ask({ kind: 'stream', periodMicros: 0 }, ASK_EVERY_MS, 3).answer.catch(() => {});
    }
    for (const disposable of this.disposables) disposable.dispose();
    this.goneBecause ??= new ForesightError(
      'rig-gone',
      `"${this.rig.file.title}" is closed.`,
      'Connect to the rig again.',
    );
    this.observed.clear();
    this.faults.clear();
    await this.link.transport.close();
  }

  private take({ message, frame }: Received): void {
    if (message.kind === 'observation') {
      if (
        message.values.length !== this.rig.file.observations.length ||
        !message.values.every(Number.isFinite)
      ) {
        this.counts.unusable++;
        return;
      }
      this.counts.observations++;
      const deviceSeconds = this.clock.unwrap(frame.timeMicros);
      this.newest = { values: message.values, deviceSeconds, hostSeconds: hostSeconds() };
      this.observed.emit(this.newest);
    } else if (message.kind === 'hello' && message.answers === UNASKED) {
      const reason = new ForesightError(
        'rig-gone',
        `The device on ${this.info.link} has restarted by itself.`,
        'Check its power supply, then connect again.',
      );
      this.finish(reason);
      void this.link.transport.close();
    } else if (message.kind === 'status' && message.expired && message.answers === UNASKED) {
      this.counts.expired++;
    } else if (message.kind === 'error') this.tellRefusal(message.code, message.text);
  }

  /** A refused command that nobody here asked the device to refuse: a button on the rig, or its own protection. */
  private tellRefusal(code: number, text: string): void {
    this.counts.refused++;
    if (code !== ERROR_CODE.halted || this.blocked || this.refusalTold) return;
    this.refusalTold = true;
    this.faults.emit(
      new ForesightError(
        'rig-refused',
        `The device on ${this.info.link} refuses commands: ${text}.`,
        'Look for an e-stop pressed on the rig itself, then press Resume.',
      ),
    );
  }

  private ask(
    message: HostMessage,
    everyMs = ASK_EVERY_MS,
    attempts = ASK_ATTEMPTS,
    onAnswer: () => void = () => {},
  ): Request<Status> {
    return this.link.request<Status>(message, {
      everyMs,
      attempts,
      accept: (answer) => {
        if (answer.kind === 'status') {
          onAnswer();
          return answer;
        }
        if (answer.kind !== 'error') return undefined;
        throw new ForesightError(
          'rig-refused',
          `The device on ${this.info.link} refused to ${message.kind}: ${answer.text}.`,
          answer.code === ERROR_CODE.halted ? 'Press Resume first.' : 'Check the device and its firmware.',
        );
      },
      unanswered: () =>
        new ForesightError(
          'rig-silent',
          `The device on ${this.info.link} does not answer the request to ${message.kind}.`,
          'Check the cable and the power of the device, then connect again.',
        ),
    });
  }

  /** Hold or release: asked for until the device confirms it, whatever else is going on. */
  private makeSafe(kind: 'hold' | 'release', isSo: (status: Status) => boolean): Promise<Readback> {
    if (this.goneBecause) return Promise.reject(this.goneBecause);
    this.blocked = true;
    const stopped = new ForesightError('stopped', `The rig went to ${kind}.`, 'Press Resume to go on.');
    for (const request of this.yielding) request.cancel(stopped);
    const request = this.link.request<Status>(
      { kind },
      {
        everyMs: ASK_EVERY_MS,
        attempts: Number.POSITIVE_INFINITY,
        accept: (answer) => (answer.kind === 'status' && isSo(answer) ? answer : undefined),
        unanswered: () => stopped,
      },
    );
    const warning = setTimeout(() => {
      this.faults.emit(
        new ForesightError(
          'rig-silent',
          `The device on ${this.info.link} has not confirmed the ${kind} for ${UNCONFIRMED_MS / 1000} s; it is still being asked.`,
          'If the rig moves, cut the power of its motors.',
        ),
      );
    }, UNCONFIRMED_MS);
    let replacement: Promise<Readback> | undefined;
    const own = {
      supersede: (by: Promise<Readback>) => {
        replacement = by;
        request.cancel(stopped);
      },
    };
    const readback = request.answer
      .then(toReadback, (reason) => replacement ?? Promise.reject(reason))
      .finally(() => {
        clearTimeout(warning);
        if (this.safety === own) this.safety = undefined;
      });
    this.safety?.supersede(readback);
    this.safety = own;
    return readback;
  }

  private async yieldToSafety<T>(request: Request<T>): Promise<T> {
    this.yielding.add(request);
    try {
      return await request.answer;
    } finally {
      this.yielding.delete(request);
    }
  }

  private nextObservation(timeoutSeconds: number): Promise<Observation> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        listening.dispose();
        closing.dispose();
        finish();
      };
      const listening = this.observed.add((observation) => settle(() => resolve(observation)));
      const closing = this.link.transport.onClose((reason) => settle(() => reject(reason)));
      const timer = setTimeout(() => {
        const silent = new ForesightError(
          'rig-silent',
          `The device on ${this.info.link} answers but sends no observations.`,
          'Check its sensors and its firmware.',
        );
        settle(() => reject(silent));
      }, timeoutSeconds * 1000);
    });
  }

  private finish(reason: ForesightError): void {
    if (this.goneBecause || this.closing) return;
    this.goneBecause = reason;
    this.blocked = true;
    this.faults.emit(reason);
  }

  private requireHere(): void {
    if (this.goneBecause) throw this.goneBecause;
  }
}

function toReadback({ torque, halted, applied }: Status): Readback {
  return { torque, halted, applied };
}
