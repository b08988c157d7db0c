import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { RosbridgeOptions } from '../../../../shared/rosbridge';
import { hostSeconds } from '../../clock';
import { DeviceFeed } from '../../device-feed';
import type { Driver, DriverInfo, Observation, PlantLimits, Readback } from '../../driver';
import { commandMessages, readObservation } from './channels';
import type { RosbridgeConnection } from './connection';
import type { Message } from './fields';
import { type Order, Orders, type Said } from './orders';
import { TopicWatch } from './topic-watch';

const FIRST_OBSERVATION_SECONDS = 3;
/** How often a robot is told to hold when it is connected, before it counts as one that does not. */
const HOLD_TRIES = 5;

/** Takes over the robot behind a connection that is open: brings it to hold and waits for its first observation. */
export async function startRosbridgeDriver(
  rig: Rig,
  options: RosbridgeOptions,
  connection: RosbridgeConnection,
): Promise<Driver> {
  const driver = new RosbridgeDriver(rig, options, connection);
  try {
    await driver.start();
  } catch (thrown) {
    await driver.close();
    throw thrown;
  }
  return driver;
}

class RosbridgeDriver implements Driver {
  readonly mode = 'realtime';
  readonly info: DriverInfo;
  readonly plantLimits: PlantLimits;
  private readonly feed: DeviceFeed;
  private readonly disposables: Disposable[] = [];
  private readonly counts = { observations: 0, commands: 0, notSent: 0, expired: 0, unusable: 0 };
  private readonly orders: Orders;
  private readonly watch: TopicWatch;
  /** With every message of this topic an observation is complete. */
  private readonly leading: string;
  private readonly newestMessages = new Map<string, Message>();
  private expiry: NodeJS.Timeout | undefined;
  private giveUp: NodeJS.Timeout | undefined;
  /** From the moment hold or release is asked for until resume is answered: no command leaves this computer. */
  private blocked = true;
  /** Grows with every hold and release: what was asked for before has no say any more. */
  private halts = 0;
  private haltTold = false;

  constructor(
    readonly rig: Rig,
    private readonly options: RosbridgeOptions,
    private readonly connection: RosbridgeConnection,
  ) {
    const { safety, actions } = rig.file;
    this.feed = new DeviceFeed(rig);
    const { url } = connection;
    this.info = { name: 'rosbridge', version: '2', link: `rosbridge at ${url}`, address: url };
    this.plantLimits = actions.map(() => undefined);
    this.orders = new Orders(connection, options, safety.watchdogSeconds);
    this.watch = new TopicWatch(
      Object.keys(options.topics),
      safety.watchdogSeconds,
      connection.url,
      (fault) => this.feed.tell(fault),
    );
    this.leading = Object.keys(options.topics)[0] ?? '';
    this.disposables.push(
      connection.onMessage(({ topic, message }) => this.take(topic, message)),
      connection.onRefusal((sentence) => this.refuse(sentence)),
      connection.onLoss((why) => this.lost(why)),
      connection.onReturn(() => this.returned()),
    );
  }

  async start(): Promise<void> {
    // Whatever it was doing for somebody before us ends here, where it can be told so; it obeys when somebody resumes it.
    for (let tries = 1; ; tries++) {
      const refused = await this.hold().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (refused === undefined || !this.orders.speaks) break;
      if (tries === HOLD_TRIES) throw refused;
    }
    await this.nextObservation(FIRST_OBSERVATION_SECONDS + 5 * this.rig.file.periodSeconds);
    this.watch.start();
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
    if (this.blocked || !this.connection.isOpen) {
      this.counts.notSent++;
      return;
    }
    this.counts.commands++;
    this.publish(values);
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => this.expire(), ttlSeconds * 1000);
  }

  async reset(): Promise<Observation> {
    this.feed.requireHere();
    if (this.blocked) throw stopped();
    const { halts } = this;
    clearTimeout(this.expiry);
    await this.orders.tell('reset');
    if (halts !== this.halts) throw stopped();
    return this.nextObservation(FIRST_OBSERVATION_SECONDS);
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
    const asked = hostSeconds();
    await this.orders.tell('resume');
    const said = await this.orders.until(({ held, released }) => held !== true && released !== true, asked);
    this.feed.requireHere();
    if (halts !== this.halts) throw stopped();
    if (!this.connection.isOpen) throw this.connection.notConnected();
    this.haltTold = false;
    this.watch.forget();
    const halted = said.held === true || said.released === true;
    this.blocked = halted;
    return this.readback(halted, said.released !== true);
  }

  async status(): Promise<Readback> {
    this.feed.requireHere();
    if (!this.connection.isOpen) throw this.connection.notConnected();
    const said = this.orders.said();
    if (said.held === undefined && said.released === undefined) throw this.notKnown('What the robot does');
    return this.readback(said.held === true || said.released === true, said.released !== true);
  }

  counters(): Record<string, number> {
    return { ...this.connection.counters(), ...this.counts };
  }

  async close(): Promise<void> {
    if (!this.feed.beginClose()) return;
    this.blocked = true;
    clearTimeout(this.expiry);
    clearTimeout(this.giveUp);
    this.watch.dispose();
    this.orders.dispose();
    for (const disposable of this.disposables) disposable.dispose();
    this.feed.endClose();
    await this.connection.close();
  }

  private take(topic: string, message: Message): void {
    if (!(topic in this.options.topics)) {
      this.noticeHalt();
      return;
    }
    this.newestMessages.set(topic, message);
    const now = hostSeconds();
    this.watch.heard(topic, now);
    if (topic !== this.leading || !this.watch.isComplete(now)) return;
    const read = readObservation(this.rig.file, this.newestMessages);
    if ('problem' in read) {
      this.counts.unusable++;
      this.watch.unusable(read.problem, now);
      return;
    }
    this.counts.observations++;
    const times = {
      deviceSeconds: stampOf(message) ?? now,
      hostSeconds: now,
      delaySeconds: this.watch.oldest(now),
    };
    this.feed.observe({ values: read.values, ...times });
  }

  /** A button on the robot, its own protection, or another program. */
  private noticeHalt(): void {
    if (this.blocked || this.haltTold) return;
    const { held, released } = this.orders.said();
    if (held !== true && released !== true) return;
    this.refuse(
      `The robot behind ${this.info.link} reports that it ${released ? 'has let go' : 'holds'}, which nobody has asked for here.`,
    );
  }

  private refuse(sentence: string): void {
    if (!this.blocked) this.haltTold = true;
    this.feed.tell(
      new ForesightError(
        'rig-refused',
        sentence,
        'Look at the robot and at rosbridge there, then press Resume.',
      ),
    );
  }

  private lost(why: string): void {
    this.blocked = true;
    clearTimeout(this.expiry);
    this.orders.forget();
    this.watch.pause();
    this.newestMessages.clear();
    const { awaySeconds } = this.connection.patience;
    this.giveUp ??= setTimeout(() => {
      const reason = new ForesightError(
        'rig-gone',
        `The rosbridge server at ${this.connection.url} has been away for ${awaySeconds} s: ${this.connection.trouble}.`,
        'Check the network and the robot, then connect again.',
      );
      this.finish(reason);
      void this.connection.close();
    }, awaySeconds * 1000);
    this.feed.tell(
      new ForesightError(
        'rig-refused',
        `The connection to the rosbridge server at ${this.connection.url} is lost (${why}). It is tried again; what the robot does meanwhile is not known.`,
        'Look at the robot. When the connection is back, press Resume.',
      ),
    );
  }

  private returned(): void {
    clearTimeout(this.giveUp);
    this.giveUp = undefined;
    this.watch.start();
  }

  /** The last command has lived its time. */
  private expire(): void {
    if (this.blocked || this.feed.isOver) return;
    this.counts.expired++;
    if (this.options.idle === 'hold') this.publish(this.rest());
  }

  private publish(values: ArrayLike<number>): void {
    for (const { topic, msg } of commandMessages(this.rig.file, this.options, values)) {
      this.connection.publish(topic, msg);
    }
  }

  private rest(): number[] {
    return this.rig.file.actions.map(({ hold }) => hold);
  }

  private async makeSafe(order: Order & ('hold' | 'release')): Promise<Readback> {
    this.blocked = true;
    this.halts++;
    clearTimeout(this.expiry);
    this.feed.requireHere();
    const { halts } = this;
    const asked = hostSeconds();
    if (!this.connection.isOpen) throw this.connection.notConnected();
    if (order === 'release' && !this.options.release) {
      throw new ForesightError(
        'rig-refused',
        `"${this.rig.file.title}" cannot be released from here: rig.json names nothing that takes its torque off ("rosbridge.release").`,
        'Use the switch on the robot itself.',
      );
    }
    if (order === 'hold' && this.options.idle === 'hold') this.publish(this.rest());
    const answered = await this.orders.tell(order);
    const isThere = ({ held, released }: Said) => (order === 'hold' ? held === true : released === true);
    const said = await this.orders.until(isThere, asked);
    if (halts !== this.halts) throw stopped();
    if (isThere(said)) return this.readback(true, order === 'hold');
    const silent = order === 'hold' ? said.held === undefined : said.released === undefined;
    if (!silent) return this.readback(said.held === true || said.released === true, said.released !== true);
    const hasReading = order === 'hold' ? this.options.readback.held : this.options.readback.released;
    // A service that says that it was done is the robot's own word, where there is no better one.
    if (answered && !hasReading) return this.readback(true, order === 'hold');
    throw this.notKnown(
      order === 'hold'
        ? 'A hold was sent; whether the robot holds'
        : 'A release was sent; whether it has let go',
    );
  }

  private notKnown(what: string): ForesightError {
    const why = this.orders.speaks
      ? 'nothing has come on the topics of "rosbridge.readback"'
      : 'rig.json names no topic on which it says so ("rosbridge.readback")';
    return new ForesightError('rig-silent', `${what} is not known: ${why}.`, 'Look at the robot.');
  }

  private readback(halted: boolean, torque: boolean): Readback {
    // Nothing on a topic says which command is being followed.
    return { torque, halted, applied: new Float64Array(this.rig.file.actions.length).fill(Number.NaN) };
  }

  private nextObservation(timeoutSeconds: number): Promise<Observation> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        listening.dispose();
        losing.dispose();
        finish();
      };
      const listening = this.feed.onObservation((observation) => settle(() => resolve(observation)));
      const losing = this.connection.onLoss(() => settle(() => reject(this.connection.notConnected())));
      const timer = setTimeout(() => settle(() => reject(this.watch.why())), timeoutSeconds * 1000);
    });
  }

  private finish(reason: ForesightError): void {
    this.blocked = true;
    this.watch.dispose();
    this.feed.finish(reason);
  }
}

/** The time in a message's header, seconds: ROS 2 writes sec and nanosec, ROS 1 secs and nsecs. */
function stampOf(message: Message): number | undefined {
  const { stamp } = (message.header ?? {}) as { stamp?: Record<string, unknown> };
  const { sec, nanosec, secs, nsecs } = stamp ?? {};
  const [seconds, nanos] = [sec ?? secs, nanosec ?? nsecs];
  if (typeof seconds !== 'number' || typeof nanos !== 'number') return undefined;
  const at = seconds + nanos / 1e9;
  return Number.isFinite(at) ? at : undefined;
}

function stopped(): ForesightError {
  return new ForesightError('stopped', 'The rig was asked to stand still.', 'Press Resume to go on.');
}
