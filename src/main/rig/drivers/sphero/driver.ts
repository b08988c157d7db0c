import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { SpheroOptions } from '../../../../shared/sphero';
import { hostSeconds, startTicking } from '../../clock';
import { DeviceFeed } from '../../device-feed';
import type { Driver, DriverInfo, Observation, PlantLimits, Readback } from '../../driver';
import { watchSilence } from '../../silence';
import { DriveWatch } from './drive-watch';
import type { SpheroLink } from './link';
import { drivenData, MODE, motorData } from './motors';
import { OFF, SetUp } from './set-up';
import { decodeSample, quantityOf, type Sample, STREAM_ID } from './stream';

const FIRST_OBSERVATION_MS = 3000;
/** A sample that tells of the motors comes within this time after they were told something. */
const READBACK_MS = 400;
/** A stream that pauses for so long, and for so many samples, may have ended. */
const PAUSE_SECONDS = 0.3;
const PAUSE_SAMPLES = 4;
const LOOK_SECONDS = 0.1;
/** A motor whose duty cycle is less than this stands. */
const STANDING_DUTY = 0.01;
/** Sleep without a time to wake up at, a macro or a program. */
const FOR_EVER = new Uint8Array(5);

/** Takes over a robot that answers: stops its motors, takes its own control off, and begins its stream. */
export async function startSpheroDriver(
  rig: Rig,
  options: SpheroOptions,
  link: SpheroLink,
  about: Pick<DriverInfo, 'device' | 'remark'> = {},
): Promise<Driver> {
  const version = await link.ask('versioning');
  const driver = new SpheroDriver(rig, options, link, versionOf(version), about);
  try {
    await driver.start();
  } catch (thrown) {
    await driver.close();
    throw thrown;
  }
  return driver;
}

class SpheroDriver implements Driver {
  readonly mode = 'realtime';
  readonly info: DriverInfo;
  readonly plantLimits: PlantLimits;
  private readonly feed: DeviceFeed;
  private readonly disposables: Disposable[] = [];
  private readonly counts = { observations: 0, commands: 0, notSent: 0, expired: 0, unusable: 0 };
  private readonly waiting = new Set<() => void>();
  private readonly drives = new DriveWatch();
  private readonly setUp: SetUp;
  private sample: { now: Sample; at: number } | undefined;
  private expiry: NodeJS.Timeout | undefined;
  /** From the moment hold or release is asked for until resume: no command leaves this computer. */
  private blocked = true;
  private torque = true;
  private halts = 0;
  private haltTold = false;
  /** It is being asked whether it has restarted, and set up again. */
  private looking: Promise<void> | undefined;

  constructor(
    readonly rig: Rig,
    private readonly options: SpheroOptions,
    private readonly link: SpheroLink,
    version: string,
    about: Pick<DriverInfo, 'device' | 'remark'>,
  ) {
    this.feed = new DeviceFeed(rig);
    this.setUp = new SetUp(link, rig.file.periodSeconds);
    this.info = { name: 'Sphero', version, link: link.transport.description, ...about };
    this.plantLimits = rig.file.actions.map(() => undefined);
    this.disposables.push(
      link.unasked.add(({ id, data }) => this.take(id, data)),
      link.transport.onClose((reason) => this.finish(reason)),
    );
  }

  async start(): Promise<void> {
    const { link } = this;
    await this.setUp.carryOut();
    await this.next(FIRST_OBSERVATION_MS, () => this.feed.newest !== undefined);
    if (!this.feed.newest) throw this.silent('answers, but sends no stream');
    const { periodSeconds } = this.rig.file;
    this.disposables.push(
      startTicking(LOOK_SECONDS, () => this.lookAfter()),
      watchSilence({
        periodSeconds: Math.min(periodSeconds, 0.1),
        description: link.transport.description,
        lastObservationSeconds: () => this.feed.newest?.hostSeconds ?? 0,
        received: () => {
          const { bytes = 0, frames = 0 } = link.counters();
          return { bytes, frames };
        },
        onFault: (fault) => {
          if (fault.code !== 'rig-gone') return this.feed.tell(fault);
          this.finish(fault);
          void link.transport.close();
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
    const share = (motor: 'left' | 'right') =>
      values[this.rig.file.actions.findIndex(({ sphero }) => sphero?.motor === motor)] ?? 0;
    const { fullPower } = this.options;
    const shares = [share('left'), share('right')] as const;
    this.link.tell('rawMotors', drivenData(...shares, fullPower));
    this.drives.told(
      shares.map((one) => (one * fullPower) / 255),
      hostSeconds(),
    );
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => this.expire(), ttlSeconds * 1000);
  }

  /** Nobody puts it back: an episode begins where the one before ended, at rest. */
  async reset(): Promise<Observation> {
    this.feed.requireHere();
    if (this.blocked) throw stopped();
    const { halts } = this;
    this.drives.forget();
    await this.link.ask('rawMotors', motorData(MODE.brake));
    if (halts !== this.halts) throw stopped();
    const asked = hostSeconds();
    await this.next(READBACK_MS, () => (this.sample?.at ?? 0) > asked);
    const { newest } = this.feed;
    if (!newest) throw this.silent('sends no stream any more');
    return newest;
  }

  hold(): Promise<Readback> {
    return this.makeSafe(MODE.brake);
  }

  release(): Promise<Readback> {
    return this.makeSafe(MODE.off);
  }

  async resume(): Promise<Readback> {
    this.feed.requireHere();
    const { halts } = this;
    await this.link.ask('stabilisation', OFF);
    await this.link.ask('rawMotors', motorData(MODE.brake));
    if (halts !== this.halts) throw stopped();
    this.torque = true;
    this.blocked = false;
    this.haltTold = false;
    return this.readback();
  }

  async status(): Promise<Readback> {
    this.feed.requireHere();
    await this.link.ask('ping', undefined, 1);
    return this.readback();
  }

  counters(): Record<string, number> {
    return { ...this.link.counters(), ...this.counts };
  }

  async close(): Promise<void> {
    if (!this.feed.beginClose()) return;
    this.blocked = true;
    clearTimeout(this.expiry);
    if (!this.feed.goneBecause) {
      await this.link.ask('rawMotors', motorData(MODE.brake), 1).catch(() => {});
      if (this.options.sleepAtDisconnect) await this.link.ask('sleep', FOR_EVER, 1).catch(() => {});
    }
    for (const disposable of this.disposables) disposable.dispose();
    this.feed.endClose();
    await this.link.transport.close();
  }

  private take(id: number, data: Uint8Array): void {
    if (id !== STREAM_ID) return;
    const sample = decodeSample(data);
    if (!sample) {
      this.counts.unusable++;
      return;
    }
    const now = hostSeconds();
    this.sample = { now: sample, at: now };
    this.counts.observations++;
    const values = Float64Array.from(this.rig.file.observations, ({ sphero }) =>
      sphero ? quantityOf(sphero.quantity, sample, this.options.start) : Number.NaN,
    );
    this.feed.observe({ values, deviceSeconds: now, hostSeconds: now });
    for (const look of [...this.waiting]) look();
    if (this.drives.stands(sample, now) && !this.haltTold) {
      this.refuse('reports that its motors get no current, which nobody has asked for here');
    }
  }

  /** A robot that has restarted answers, but streams no more, and its own control is on again. */
  private lookAfter(): void {
    const pause = Math.max(PAUSE_SECONDS, PAUSE_SAMPLES * Math.min(this.rig.file.periodSeconds, 0.1));
    if (this.looking || this.feed.isOver || hostSeconds() - (this.sample?.at ?? 0) < pause) return;
    this.looking = this.lookForRestart()
      // One that does not answer is watched for its silence.
      .catch(() => {})
      .finally(() => {
        this.looking = undefined;
      });
  }

  private async lookForRestart(): Promise<void> {
    if ((await this.setUp.hasRestarted()) && !this.feed.isOver) {
      this.blocked = true;
      this.refuse('has restarted by itself; its position is lost');
    }
    if (this.setUp.isUnfinished && !this.feed.isOver) await this.setUp.carryOut();
  }

  /** From then on it rests until somebody resumes it. */
  private refuse(what: string): void {
    this.drives.forget();
    this.haltTold = true;
    this.feed.tell(
      new ForesightError(
        'rig-refused',
        `The robot on ${this.info.link} ${what}.`,
        'Look at the robot, put it to its start, then press Resume.',
      ),
    );
  }

  private expire(): void {
    if (this.blocked || this.feed.isOver) return;
    this.counts.expired++;
    this.drives.forget();
    this.link.tell('rawMotors', motorData(MODE.brake));
  }

  private async makeSafe(mode: typeof MODE.brake | typeof MODE.off): Promise<Readback> {
    this.blocked = true;
    this.halts++;
    const { halts } = this;
    clearTimeout(this.expiry);
    this.drives.forget();
    this.feed.requireHere();
    await this.link.ask('rawMotors', motorData(mode), 2);
    const asked = hostSeconds();
    if (halts !== this.halts) throw stopped();
    this.torque = mode === MODE.brake;
    const stands = () => {
      const { sample } = this;
      return sample !== undefined && sample.at > asked && isStanding(sample.now);
    };
    await this.next(READBACK_MS, stands);
    if (halts !== this.halts) throw stopped();
    if (stands()) return this.readback();
    throw new ForesightError(
      'rig-refused',
      `The robot on ${this.info.link} has answered, but its motors are not said to stand: ${this.duties()}.`,
      'Take it off the ground if it moves.',
    );
  }

  /** What its stream says of its motors; whether they are braked or free it does not say, so that is its answer to the command. */
  private readback(): Readback {
    const full = this.options.fullPower / 255;
    const { leftDuty = Number.NaN, rightDuty = Number.NaN } = this.sample?.now ?? {};
    const applied = Float64Array.from(this.rig.file.actions, ({ sphero }) =>
      sphero?.motor === 'left' ? leftDuty / full : rightDuty / full,
    );
    return { torque: this.torque, halted: this.blocked, applied };
  }

  private duties(): string {
    const { leftDuty, rightDuty } = this.sample?.now ?? {};
    if (leftDuty === undefined || rightDuty === undefined) return 'nothing has come of them';
    return `left ${Math.round(100 * leftDuty)} %, right ${Math.round(100 * rightDuty)} %`;
  }

  private next(timeoutMs: number, isThere: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (isThere()) settle();
      };
      const timer = setTimeout(settle, timeoutMs);
      this.waiting.add(look);
      look();
    });
  }

  private silent(what: string): ForesightError {
    return new ForesightError(
      'rig-silent',
      `The robot on ${this.info.link} ${what}.`,
      'Wake it up, check its battery, then connect again.',
    );
  }

  private finish(reason: ForesightError): void {
    this.blocked = true;
    clearTimeout(this.expiry);
    this.feed.finish(reason);
  }
}

function isStanding({ leftDuty, rightDuty }: Sample): boolean {
  return Math.abs(leftDuty) < STANDING_DUTY && Math.abs(rightDuty) < STANDING_DUTY;
}

/** Model and version of the main application, of the answer to Get Versioning: RECV MDL HW MSA-ver MSA-rev … */
function versionOf([, model = 0, , major = 0, minor = 0]: Uint8Array): string {
  return `model ${model}, firmware ${major}.${minor}`;
}

function stopped(): ForesightError {
  return new ForesightError('stopped', 'The rig was asked to stand still.', 'Press Resume to go on.');
}
