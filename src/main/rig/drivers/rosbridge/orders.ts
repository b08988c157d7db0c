import type { Disposable } from '../../../../shared/disposable';
import { ForesightError } from '../../../../shared/errors';
import type { RosbridgeOptions, RosCall, RosReading } from '../../../../shared/rosbridge';
import { hostSeconds } from '../../clock';
import { readingOf } from './channels';
import type { RosbridgeConnection } from './connection';
import type { Message } from './fields';

/** How long the robot's own word about a hold, release or resume is awaited. */
const READBACK_MS = 400;
const CALL_MS = 450;
const RESET_MS = 20_000;

export type Order = 'hold' | 'release' | 'resume' | 'reset';

/** What the robot says of itself; undefined where nobody knows. */
export interface Said {
  held: boolean | undefined;
  released: boolean | undefined;
}

/** Hold, release, resume and reset, as a rig file says that they are asked for, and what the robot says of itself. */
export class Orders {
  /** By topic, what came last and when. */
  private readonly newest = new Map<string, { message: Message; at: number }>();
  private readonly waiting = new Set<() => void>();
  private readonly listening: Disposable;
  /** What was said before a connection was lost is not true any more. */
  private since = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly connection: RosbridgeConnection,
    private readonly options: RosbridgeOptions,
    private readonly staleSeconds: number,
  ) {
    const topics = readingTopics(options).map(({ topic }) => topic);
    this.listening = connection.onMessage(({ topic, message }) => {
      if (!topics.includes(topic)) return;
      this.newest.set(topic, { message, at: hostSeconds() });
      for (const look of [...this.waiting]) look();
    });
  }

  dispose(): void {
    this.listening.dispose();
  }

  /** The connection was lost. */
  forget(): void {
    this.since = hostSeconds();
  }

  /** What the robot says now. */
  said(): Said {
    const { held, released } = this.options.readback;
    return { held: this.read(held), released: this.read(released) };
  }

  /** Whether there is anything that the robot says of itself. */
  get speaks(): boolean {
    const { held, released } = this.options.readback;
    return held !== undefined || released !== undefined;
  }

  /**
   * Tells the robot.
   * @returns whether a service has answered that it was done; undefined where nothing answers
   * @throws ForesightError rig-silent or rig-refused: it has not left, or was refused
   */
  async tell(order: Order): Promise<boolean | undefined> {
    const call = this.options[order];
    if (!call) return undefined;
    if (!this.connection.isOpen) throw this.connection.notConnected();
    if ('topic' in call) {
      this.connection.publish(call.topic, call.message);
      return undefined;
    }
    const { service, type, args } = call;
    const answer = await this.connection.call(service, type, args, order === 'reset' ? RESET_MS : CALL_MS);
    const success = answer.success;
    if (success === false || (typeof answer.ret === 'number' && answer.ret !== 0)) {
      const why = typeof answer.message === 'string' && answer.message !== '' ? `: ${answer.message}` : '';
      throw new ForesightError(
        'rig-refused',
        `The robot refused to ${order} (service ${service})${why.replace(/\.$/, '')}.`,
        order === 'reset' ? 'Press Resume first.' : 'Look at the robot.',
      );
    }
    return success === true ? true : undefined;
  }

  /** Waits until the robot says of itself what `isThere` wants, at most for a moment; resolves with what it says then. */
  async until(isThere: (said: Said) => boolean, asked: number): Promise<Said> {
    const fresh = (): Said => {
      const { held, released } = this.options.readback;
      return { held: this.read(held, asked), released: this.read(released, asked) };
    };
    if (isThere(fresh())) return fresh();
    await new Promise<void>((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const look = () => {
        if (isThere(fresh())) settle();
      };
      const timer = setTimeout(settle, READBACK_MS);
      this.waiting.add(look);
    });
    return fresh();
  }

  /** @param asked what came before is not counted, except where a topic speaks only when it changes */
  private read(reading: RosReading | undefined, asked = Number.NEGATIVE_INFINITY): boolean | undefined {
    const last = reading && this.newest.get(reading.topic);
    if (!last || last.at < this.since) return undefined;
    if (!reading.latched && (last.at < asked || hostSeconds() - last.at > this.staleSeconds))
      return undefined;
    return readingOf(reading, last.message);
  }
}

/** Topics on which the robot speaks of itself. */
export function readingTopics({
  readback,
}: Pick<RosbridgeOptions, 'readback'>): { topic: string; type: string }[] {
  return [readback.held, readback.released].flatMap((reading) =>
    reading ? [{ topic: reading.topic, type: reading.type }] : [],
  );
}

/** Topics to which orders are published. */
export function orderTopics(options: RosbridgeOptions): { topic: string; type: string }[] {
  const calls: (RosCall | undefined)[] = [options.hold, options.release, options.resume, options.reset];
  return calls.flatMap((call) => (call && 'topic' in call ? [{ topic: call.topic, type: call.type }] : []));
}
