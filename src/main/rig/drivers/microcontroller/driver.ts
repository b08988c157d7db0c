import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import { hostSeconds } from '../../clock';
import { DeviceFeed } from '../../device-feed';
import type { Driver, DriverInfo, Observation, PlantLimits, Readback } from '../../driver';
import { plantLimits } from '../../plant-limits';
import { watchSilence } from '../../silence';
import type { DeviceLink, Received } from './device-link';
import { Doubts } from './doubts';
import { checkHello, type Hello } from './hello';
import { DeviceClock, type Frame } from './protocol/frame';
import { ERROR_CODE, TYPE, UNASKED } from './protocol/messages';
import { DeviceRequests, type Status } from './requests';
import { Transit } from './transit';
import { unreadableObservation, unusable } from './usable';

/** A real cart has to drive home and its pole to come to rest. */
const RESET_ASK_EVERY_MS = 250;
const RESET_ATTEMPTS = 80;
const FIRST_OBSERVATION_SECONDS = 1;
/** A look at the device's state is answered within this time, or its state is not known. */
const STATUS_MS = 450;

/** Takes over a device that said hello: checks it against the rig, brings it to hold and starts its stream. */
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
  readonly plantLimits: PlantLimits;
  private readonly feed: DeviceFeed;
  private readonly clock = new DeviceClock();
  private readonly transit = new Transit();
  private readonly requests: DeviceRequests;
  private readonly doubts: Doubts;
  private readonly counts = { observations: 0, commands: 0, notSent: 0, refused: 0, expired: 0, unusable: 0 };
  private readonly disposables: Disposable[] = [];
  /** When an observation came last, usable or not. */
  private heardAt = hostSeconds();
  /** From the moment hold or release is asked for until resume is answered: no command leaves this computer. */
  private blocked = true;
  /** Grows with every hold and release: what was asked for before has no say any more. */
  private halts = 0;

  constructor(
    readonly rig: Rig,
    private readonly link: DeviceLink,
    hello: Hello,
  ) {
    this.info = { name: hello.firmware, version: hello.firmwareVersion, link: link.transport.description };
    this.plantLimits = plantLimits(
      rig.file.actions,
      hello.actions.map(({ limits }) => limits),
    );
    this.feed = new DeviceFeed(rig);
    const tell = (error: ForesightError) => this.feed.tell(error);
    this.requests = new DeviceRequests(link, tell);
    this.doubts = new Doubts(this.info.link, rig.file.safety.watchdogSeconds, tell, () => this.blocked);
    this.disposables.push(
      link.onMessage((received) => this.take(received)),
      link.onUnreadable((frame) => this.takeUnreadable(frame)),
      link.transport.onClose((reason) => this.finish(reason)),
    );
  }

  async start(): Promise<void> {
    // Whatever it was doing for somebody before us ends here; it obeys commands again when somebody resumes it.
    await this.hold();
    const periodMicros = Math.round(this.rig.file.periodSeconds * 1e6);
    const observation = this.nextObservation(FIRST_OBSERVATION_SECONDS + 5 * this.rig.file.periodSeconds);
    await Promise.all([this.requests.ask({ kind: 'stream', periodMicros }).answer, observation]);
    this.disposables.push(
      watchSilence({
        periodSeconds: this.rig.file.periodSeconds,
        description: this.link.transport.description,
        lastObservationSeconds: () => this.heardAt,
        received: () => this.link.counters(),
        onFault: (fault) => {
          if (fault.code !== 'rig-gone') return this.feed.tell(fault);
          this.finish(fault);
          void this.link.transport.close();
        },
      }),
    );
  }

  latest(): Observation | undefined {
    return this.feed.newest;
  }

  onObservation(listener: (observation: Observation) => void): Disposable {
    return this.feed.onObservation(listener);
  }

  onFault(listener: (error: ForesightError) => void): Disposable {
    return this.feed.onFault(listener);
  }

  act(values: Float64Array, ttlSeconds: number): void {
    this.feed.requireCommand(values);
    if (this.blocked) {
      this.counts.notSent++;
      return;
    }
    this.counts.commands++;
    this.doubts.commanded(ttlSeconds);
    this.link.send({ kind: 'command', ttlMillis: Math.max(1, Math.round(ttlSeconds * 1000)), values });
  }

  async reset(seed: number): Promise<Observation> {
    this.feed.requireHere();
    const wireSeed = (seed >>> 0) ^ (Math.floor(seed / 0x1_0000_0000) >>> 0);
    let start: Promise<Observation> | undefined;
    await this.requests.askUnlessHeld(
      { kind: 'reset', seed: wireSeed >>> 0 },
      {
        everyMs: RESET_ASK_EVERY_MS,
        attempts: RESET_ATTEMPTS,
        onAnswer: () => {
          // Listening begins with the answer itself: the start's observation may lie in the same chunk of bytes.
          start = this.nextObservation(FIRST_OBSERVATION_SECONDS + this.rig.file.periodSeconds);
          start.catch(() => {});
        },
      },
    );
    return start ?? this.nextObservation(FIRST_OBSERVATION_SECONDS + this.rig.file.periodSeconds);
  }

  hold(): Promise<Readback> {
    return this.makeSafe('hold');
  }

  release(): Promise<Readback> {
    return this.makeSafe('release');
  }

  async resume(): Promise<Readback> {
    this.feed.requireHere();
    const { halts } = this;
    const readback = await this.requests.askUnlessHeld({ kind: 'resume' });
    if (halts !== this.halts) {
      throw new ForesightError('stopped', 'A hold overtook the resume.', 'Press Resume to go on.');
    }
    this.blocked = readback.halted;
    this.doubts.forget();
    return readback;
  }

  async status(): Promise<Readback> {
    this.feed.requireHere();
    const asked = hostSeconds();
    const status = await this.requests.ask(
      { kind: 'statusRequest' },
      { everyMs: STATUS_MS, attempts: 1, onAnswer: () => this.doubts.answered(hostSeconds() - asked) },
    ).answer;
    return { torque: status.torque, halted: status.halted, applied: status.applied };
  }

  counters(): Record<string, number> {
    return { ...this.link.counters(), ...this.counts };
  }

  async close(): Promise<void> {
    if (!this.feed.beginClose()) return;
    this.blocked = true;
    if (!this.feed.goneBecause) {
      // The stream is asked to end; a device that does not answer is left to its own watchdog.
      await this.requests.ask({ kind: 'stream', periodMicros: 0 }, { attempts: 3 }).answer.catch(() => {});
    }
    for (const disposable of this.disposables) disposable.dispose();
    this.feed.endClose();
    await this.link.transport.close();
  }

  private take({ message, frame }: Received): void {
    const now = hostSeconds();
    const delaySeconds = this.transit.see(frame.timeMicros, now);
    if (message.kind === 'observation') this.takeObservation(message.values, frame, now, delaySeconds);
    else if (message.kind === 'status') this.takeStatus(message);
    else if (message.kind === 'hello' && message.answers === UNASKED) {
      const reason = new ForesightError(
        'rig-gone',
        `The device on ${this.info.link} has restarted by itself.`,
        'Check its power supply, then connect again.',
      );
      this.finish(reason);
      void this.link.transport.close();
    } else if (message.kind === 'error') {
      this.counts.refused++;
      if (message.code === ERROR_CODE.halted) this.doubts.refuses(`refuses commands: ${message.text}`);
    }
  }

  private takeObservation(values: Float64Array, frame: Frame, now: number, delaySeconds: number): void {
    this.heardAt = now;
    const problem = unusable(values, this.rig.file.observations, this.info.link);
    if (problem) {
      this.tellUnusable(problem);
      return;
    }
    this.counts.observations++;
    const deviceSeconds = this.clock.unwrap(frame.timeMicros);
    this.feed.observe({ values, deviceSeconds, hostSeconds: now, delaySeconds });
  }

  private takeUnreadable(frame: Frame): void {
    if (frame.type !== TYPE.observation) return;
    this.heardAt = hostSeconds();
    this.tellUnusable(unreadableObservation(frame.payload, this.info.link));
  }

  private takeStatus({ expired, answers, halted }: Status): void {
    if (expired && answers === UNASKED) {
      this.counts.expired++;
      this.doubts.expired();
    }
    if (halted) this.doubts.refuses('reports that it is halted, which nobody has asked for here');
  }

  private tellUnusable(error: ForesightError): void {
    this.counts.unusable++;
    this.doubts.unusable(error);
  }

  private makeSafe(kind: 'hold' | 'release'): Promise<Readback> {
    this.blocked = true;
    this.halts++;
    if (this.feed.goneBecause) return Promise.reject(this.feed.goneBecause);
    return this.requests.makeSafe(kind);
  }

  private nextObservation(timeoutSeconds: number): Promise<Observation> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        listening.dispose();
        closing.dispose();
        finish();
      };
      const asked = hostSeconds();
      const listening = this.feed.onObservation((observation) => settle(() => resolve(observation)));
      const closing = this.link.transport.onClose((reason) => settle(() => reject(reason)));
      const timer = setTimeout(() => {
        const silent = new ForesightError(
          'rig-silent',
          `The device on ${this.info.link} answers but sends no observations.`,
          'Check its sensors and its firmware.',
        );
        settle(() => reject(this.doubts.unusableSince(asked) ?? silent));
      }, timeoutSeconds * 1000);
    });
  }

  private finish(reason: ForesightError): void {
    this.blocked = true;
    this.feed.finish(reason);
  }
}
