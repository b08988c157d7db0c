import type { Disposable } from '../../../../shared/disposable';
import { asForesightError, ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import { hostSeconds, startTicking } from '../../clock';
import { DeviceFeed } from '../../device-feed';
import type { Driver, DriverInfo, Observation, PlantLimits, Readback } from '../../driver';
import { watchSilence } from '../../silence';
import type { DecodedLine } from './line-decoder';
import type { LineLink } from './line-link';

/** What a dialect is handed. */
export interface LineContext {
  rig: Rig;
  link: LineLink;
  /** [observations], as they came. */
  observe(values: Float64Array): void;
  /** The device said something that is in order: it is there, and its line is sound. */
  heard(): void;
  /** It does something that keeps it from reporting: that nothing comes is no silence. */
  busy(): void;
  tell(error: ForesightError): void;
  /** The device is gone for good. */
  finish(reason: ForesightError): void;
  newest(): Observation | undefined;
  /** The device was asked to rest, and nobody has resumed it. */
  isResting(): boolean;
}

/**
 * One of the languages that devices speak in lines of text. Its promises may reject with ForesightError; `isWanted` is false as
 * soon as somebody asked for something else, and from then on nothing more is sent.
 */
export interface LineDialect {
  readonly name: string;
  readonly version: string;
  readonly plantLimits: PlantLimits;
  /** Counters of its own. */
  readonly counts: Record<string, number>;
  /** Asks who is there and checks it against the rig. */
  begin(): Promise<void>;
  /** Once a control period: asks for the next observation. */
  poll(): void;
  take(line: DecodedLine): void;
  act(values: Float64Array, ttlSeconds: number): void;
  /** The last command has lived its time. */
  expire(): void;
  hold(isWanted: () => boolean): Promise<Readback>;
  release(isWanted: () => boolean): Promise<Readback>;
  resume(isWanted: () => boolean): Promise<Readback>;
  status(): Promise<Readback>;
  /** To the start, from rest. */
  reset(isWanted: () => boolean): Promise<void>;
  /** What is said at the end; resolves when it is on its way. */
  end(): void;
}

const FIRST_OBSERVATION_SECONDS = 2;

export function stopped(): ForesightError {
  return new ForesightError('stopped', 'The rig was asked to stop.', 'Press Resume to go on.');
}

/** Takes over a device that speaks in lines: checks it, brings it to hold and begins to read it. */
export async function startLineDriver(
  rig: Rig,
  link: LineLink,
  dialect: (context: LineContext) => LineDialect,
  about: Pick<DriverInfo, 'device' | 'remark'> = {},
): Promise<Driver> {
  const driver = new LineDriver(rig, link, dialect, about);
  try {
    await driver.start();
  } catch (thrown) {
    await driver.close();
    throw thrown;
  }
  return driver;
}

class LineDriver implements Driver {
  readonly mode = 'realtime';
  private readonly feed: DeviceFeed;
  private readonly dialect: LineDialect;
  private readonly disposables: Disposable[] = [];
  private readonly counts = { observations: 0, commands: 0, notSent: 0, expired: 0 };
  /** When an observation came last, or what stands for one. */
  private heardAt = hostSeconds();
  private good = 0;
  /** From the moment hold or release is asked for until resume is confirmed: no command leaves this computer. */
  private blocked = true;
  /** Grows with every hold and release: what was asked for before has no say any more. */
  private halts = 0;
  private livesUntil: number | undefined;
  private resetting = false;

  constructor(
    readonly rig: Rig,
    private readonly link: LineLink,
    dialect: (context: LineContext) => LineDialect,
    private readonly about: Pick<DriverInfo, 'device' | 'remark'>,
  ) {
    this.feed = new DeviceFeed(rig);
    this.dialect = dialect({
      ...{ rig, link },
      observe: (values) => this.observe(values),
      heard: () => {
        this.good++;
      },
      busy: () => {
        this.heardAt = hostSeconds();
      },
      tell: (error) => this.feed.tell(error),
      finish: (reason) => this.lose(reason),
      newest: () => this.feed.newest,
      isResting: () => this.blocked,
    });
    this.disposables.push(
      link.onLine((line) => this.dialect.take(line)),
      link.transport.onClose((reason) => this.finish(reason)),
    );
  }

  get info(): DriverInfo {
    return {
      name: this.dialect.name,
      version: this.dialect.version,
      link: this.link.transport.description,
      ...this.about,
    };
  }

  get plantLimits(): PlantLimits {
    return this.dialect.plantLimits;
  }

  async start(): Promise<void> {
    const { periodSeconds } = this.rig.file;
    await this.dialect.begin();
    await this.hold();
    const first = this.nextObservation(FIRST_OBSERVATION_SECONDS + 5 * periodSeconds);
    this.disposables.push(startTicking(periodSeconds, () => this.tick()));
    await first;
    this.disposables.push(
      watchSilence({
        periodSeconds,
        description: this.info.link,
        lastObservationSeconds: () => this.heardAt,
        received: () => ({ bytes: this.link.counters().bytes, frames: this.good }),
        onFault: (fault) => {
          if (fault.code === 'rig-gone') this.lose(fault);
          else this.feed.tell(fault);
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
    if (this.blocked || this.resetting) {
      this.counts.notSent++;
      return;
    }
    this.counts.commands++;
    this.livesUntil = hostSeconds() + ttlSeconds;
    this.dialect.act(values, ttlSeconds);
  }

  async reset(): Promise<Observation> {
    this.feed.requireHere();
    if (this.blocked) throw stopped();
    const { halts } = this;
    this.livesUntil = undefined;
    this.resetting = true;
    try {
      await this.dialect.reset(() => halts === this.halts && !this.feed.isOver);
    } finally {
      if (halts === this.halts) this.resetting = false;
    }
    this.feed.requireHere();
    if (halts !== this.halts) throw stopped();
    return this.nextObservation(FIRST_OBSERVATION_SECONDS + this.rig.file.periodSeconds);
  }

  hold(): Promise<Readback> {
    return this.makeSafe((isWanted) => this.dialect.hold(isWanted));
  }

  release(): Promise<Readback> {
    return this.makeSafe((isWanted) => this.dialect.release(isWanted));
  }

  async resume(): Promise<Readback> {
    this.feed.requireHere();
    const { halts } = this;
    const readback = await this.dialect.resume(() => halts === this.halts);
    this.feed.requireHere();
    if (halts !== this.halts) {
      throw new ForesightError('stopped', 'A hold overtook the resume.', 'Press Resume to go on.');
    }
    this.blocked = readback.halted;
    return readback;
  }

  async status(): Promise<Readback> {
    this.feed.requireHere();
    return this.dialect.status();
  }

  counters(): Record<string, number> {
    return { ...this.link.counters(), ...this.counts, ...this.dialect.counts };
  }

  async close(): Promise<void> {
    if (!this.feed.beginClose()) return;
    this.blocked = true;
    this.halts++;
    if (!this.feed.goneBecause) this.dialect.end();
    for (const disposable of this.disposables) disposable.dispose();
    this.feed.endClose();
    this.link.dispose();
    await this.link.transport.close();
  }

  private tick(): void {
    if (this.feed.isOver) return;
    if (this.livesUntil !== undefined && hostSeconds() > this.livesUntil) {
      this.livesUntil = undefined;
      this.counts.expired++;
      this.dialect.expire();
    }
    this.dialect.poll();
  }

  private observe(values: Float64Array): void {
    if (this.feed.isOver) return;
    const now = hostSeconds();
    this.heardAt = now;
    this.good++;
    this.counts.observations++;
    this.feed.observe({ values, deviceSeconds: now, hostSeconds: now });
  }

  private async makeSafe(ask: (isWanted: () => boolean) => Promise<Readback>): Promise<Readback> {
    this.blocked = true;
    this.resetting = false;
    this.livesUntil = undefined;
    this.halts++;
    const { halts } = this;
    this.feed.requireHere();
    try {
      const readback = await ask(() => halts === this.halts);
      if (halts === this.halts) return readback;
    } catch (thrown) {
      this.feed.requireHere();
      if (halts === this.halts) throw asForesightError(thrown);
    }
    throw stopped();
  }

  private nextObservation(timeoutSeconds: number): Promise<Observation> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        listening.dispose();
        closing.dispose();
        finish();
      };
      let told: ForesightError | undefined;
      const faults = this.feed.onFault((error) => {
        told = error;
      });
      const listening = this.feed.onObservation((observation) => {
        faults.dispose();
        settle(() => resolve(observation));
      });
      const closing = this.link.transport.onClose((reason) => settle(() => reject(reason)));
      const timer = setTimeout(() => {
        faults.dispose();
        settle(() => reject(told ?? this.silent()));
      }, timeoutSeconds * 1000);
    });
  }

  private silent(): ForesightError {
    const { bytes } = this.link.counters();
    const where = this.info.link;
    return bytes === 0
      ? new ForesightError(
          'rig-silent',
          `Nothing comes on ${where}.`,
          'Check that the device has power, that this is its port, and the lines of rig.json that make it speak.',
        )
      : new ForesightError(
          'rig-garbled',
          `${bytes} bytes came on ${where}, but no observation among them.`,
          'Check the baud rate and the form of a line in rig.json against what the device sends.',
        );
  }

  private lose(reason: ForesightError): void {
    this.finish(reason);
    void this.link.transport.close();
  }

  private finish(reason: ForesightError): void {
    this.blocked = true;
    this.halts++;
    this.feed.finish(reason);
  }
}
