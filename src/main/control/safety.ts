import { asForesightError, ForesightError } from '../../shared/errors';
import type { LinkState } from '../../shared/telemetry';
import type { Driver, Readback } from '../rig/driver';
import type { Cancel, Clock } from './clock';

/** Between two tries of a safety command that the device has not confirmed. */
const RETRY_SECONDS = 0.1;
/** How long one try waits for the device. */
const TRY_SECONDS = 0.5;
/** A device that has not confirmed within this says so loudly. */
const ALARM_SECONDS = 0.1;
/** After this long without confirmation whoever asked is told so; the tries go on. */
const ANSWER_SECONDS = 1.5;

const OPENED = 'Opened; the device has not been asked yet how it is.';
const READY = 'Ready.';
const UNKNOWN = 'Ready, but the device does not answer: what it does now is not known.';
/** What a resume that failed leaves: nothing is commanded until one succeeds. */
const NOT_RESUMED: Order = {
  phase: 'held',
  way: 'hold',
  title: 'Hold',
  cause: '',
  done: 'On hold: it was not resumed.',
};
const CUT = 'Use the e-stop of the rig itself, or cut the power of its motors.';

type SafetyPhase = 'ready' | 'held' | 'released' | 'stopped' | 'lost';

/** A safety command: what is sent, and what is said of it before and after the device has confirmed. */
interface Order {
  phase: 'held' | 'released' | 'stopped';
  way: 'hold' | 'release';
  /** "Hold", "Emergency stop by the window". */
  title: string;
  /** Why, as a sentence; empty where a person asked. */
  cause: string;
  /** Once the device has confirmed. */
  done: string;
}

/**
 * Hold, release, e-stop and resume. A safety command takes effect here at once (the loop commands nothing unless
 * the phase is `ready`), is sent at once, and is repeated until the device's own read-back confirms it. What is
 * said of the rig is that read-back: until it is there, the reason says that the device has not confirmed.
 *
 * The newest command wins. Only `resume` leaves `stopped`; a hold or release meanwhile is carried out, but the rig
 * stays stopped.
 */
export class Safety {
  phase: SafetyPhase = 'ready';
  reason = OPENED;
  readback: LinkState['readback'] = null;
  /** Why the newest command is not confirmed, with what to do; null while there is nothing to worry about. */
  problem: ForesightError | null = null;
  /** Holds, releases and stops so far: what was asked for before the newest one has no say any more. */
  halts = 0;
  private order: Order | undefined;
  private pursuing = false;
  private stopping: { generation: number; answer: Promise<void> } | undefined;
  /** Grows with every command; an older one's tries end when it does. */
  private generation = 0;
  private cancelRetry: Cancel = () => {};

  constructor(
    private readonly driver: Driver,
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {}

  /** `cause` is a sentence. Rejects when the device has not confirmed in time, while the tries go on. */
  hold(cause = ''): Promise<void> {
    const done = cause === '' ? 'Held.' : `Held: ${cause}`;
    return this.command({ phase: 'held', way: 'hold', title: 'Hold', cause, done });
  }

  release(): Promise<void> {
    const done = 'Released: torque is off.';
    return this.command({ phase: 'released', way: 'release', title: 'Release', cause: '', done });
  }

  /** One that repeats a stop on its way, as the same key does that comes by several ways, joins it: begun anew it would be confirmed later. */
  stop(by: string): Promise<void> {
    const { stopping } = this;
    if (stopping?.generation === this.generation && this.pursuing) {
      this.halts += 1;
      this.changed();
      return stopping.answer;
    }
    const title = `Emergency stop by ${by}`;
    const answer = this.command({ phase: 'stopped', way: 'hold', title, cause: '', done: `${title}.` });
    this.stopping = { generation: this.generation, answer };
    // Who asks after that is answered anew.
    answer.catch(() => {
      this.stopping = undefined;
    });
    return answer;
  }

  /** The device is finished; nothing can be confirmed any more. */
  lose(reason: string): void {
    this.supersede();
    this.halts += 1;
    this.say('lost', `${reason} What the rig does now is not known.`);
  }

  /**
   * @param seen `halts` as whoever asks knew it: a hold or stop that came after that is not undone by somebody who could
   * not know of it. Left out by whoever asks in the same turn.
   */
  async resume(seen = this.halts): Promise<void> {
    if (this.phase === 'lost') throw goneError(this.reason);
    if (seen !== this.halts) {
      throw new ForesightError(
        'stopped',
        `The rig was stopped after this resume was asked for: ${this.reason}`,
        'Look at the rig, then press Resume again.',
      );
    }
    const generation = this.supersede();
    // From here on the device may leave its hold at any moment, and what it says of itself meanwhile is no doubt.
    this.pursuing = true;
    this.readback = null;
    try {
      await this.awaken(generation);
    } finally {
      if (generation === this.generation) this.pursuing = false;
    }
    this.changed();
  }

  /** How the device is now, between commands. Returns what `see` wants to be handed with the answer. */
  ask(): { answer: Promise<Readback>; asked: number } {
    return { answer: this.driver.status(), asked: this.generation };
  }

  /**
   * What the device said of itself, null when it did not answer; ignored when a command was given since it was asked.
   * A device that has left its hold by itself is brought to hold again.
   */
  see(readback: Readback | null, asked: number): void {
    if (asked !== this.generation || this.pursuing || this.phase === 'lost') return;
    this.readback = readback && shown(readback);
    const { order } = this;
    if (readback?.unconfirmed !== undefined) {
      this.reason = order ? sentOnly(order, readback.unconfirmed) : `Ready; ${readback.unconfirmed}.`;
      return;
    }
    if (!order) {
      this.reason = readback ? READY : UNKNOWN;
      return;
    }
    if (!readback) {
      this.reason = `${order.title} was confirmed, but the device answers no more: what it does now is not known.`;
      return;
    }
    const doubt = doubtOf(order, readback);
    if (doubt === undefined) this.reason = order.done;
    else this.command({ ...order, cause: `the device reports by itself that ${doubt}.` }).catch(() => {});
  }

  private async awaken(generation: number): Promise<void> {
    let readback: Readback;
    try {
      readback = await this.inTime(this.driver.resume());
    } catch (thrown) {
      const error = asForesightError(thrown);
      if (generation === this.generation) {
        this.remain(`Resume failed: ${error.message} What the device does now is not known.`);
      }
      throw error;
    }
    if (generation !== this.generation)
      throw new ForesightError('stopped', this.reason, 'Press Resume again.');
    this.readback = shown(readback);
    if (readback.halted) {
      this.remain('Resume was sent, but the device still reports that it is halted.');
      throw new ForesightError('rig-refused', this.reason, 'Look at the rig, then press Resume again.');
    }
    this.order = undefined;
    const { unconfirmed } = readback;
    this.say('ready', unconfirmed === undefined ? READY : `Ready; ${unconfirmed}.`, shown(readback));
  }

  dispose(): void {
    this.supersede();
  }

  private supersede(): number {
    this.generation += 1;
    this.pursuing = false;
    this.cancelRetry();
    return this.generation;
  }

  /** Not resumed, whatever it was before. */
  private remain(reason: string): void {
    if (this.phase === 'ready') this.phase = 'held';
    this.order ??= NOT_RESUMED;
    this.reason = reason;
    this.changed();
  }

  private say(phase: SafetyPhase, reason: string, readback: LinkState['readback'] = null): void {
    this.phase = phase;
    this.reason = reason;
    this.readback = readback;
    this.problem = null;
  }

  private command(order: Order): Promise<void> {
    if (this.phase === 'lost') return Promise.reject(goneError(this.reason));
    const generation = this.supersede();
    this.halts += 1;
    this.order = order;
    const { title, cause } = order;
    const because = cause === '' ? '' : ` Asked for because: ${cause}`;
    this.say(
      this.phase === 'stopped' ? 'stopped' : order.phase,
      `${title} sent, not confirmed by the device yet.${because}`,
    );
    const cancelAlarm = this.clock.later(() => {
      // The first answer may have told more already.
      if (generation !== this.generation || !this.pursuing || this.problem) return;
      const ms = 1000 * ALARM_SECONDS;
      this.reason = `${title} NOT confirmed by the device within ${ms} ms: it has not answered yet.${because}`;
      this.problem = new ForesightError('rig-silent', this.reason, CUT);
      this.changed();
    }, ALARM_SECONDS * 1000);
    return new Promise((resolve, reject) => {
      const cancelAnswer = this.clock.later(() => {
        reject(new ForesightError('rig-silent', this.reason, CUT));
      }, ANSWER_SECONDS * 1000);
      void this.pursue(generation, order, because).then((outcome) => {
        cancelAnswer();
        cancelAlarm();
        if (outcome === 'confirmed') resolve();
        else if (this.phase === 'lost') reject(goneError(this.reason));
        else
          reject(
            new ForesightError(
              'stopped',
              `Overtaken by another command: ${this.reason}`,
              'Look at the state.',
            ),
          );
      });
      this.changed();
    });
  }

  private async pursue(
    generation: number,
    order: Order,
    because: string,
  ): Promise<'confirmed' | 'overtaken'> {
    this.pursuing = true;
    for (let tries = 1; ; tries++) {
      let doubt: string;
      try {
        // The first call happens in the same turn of the event loop as the command.
        const answer = order.way === 'hold' ? this.driver.hold() : this.driver.release();
        const readback = await this.inTime(answer);
        if (generation !== this.generation) return 'overtaken';
        this.readback = shown(readback);
        const { unconfirmed } = readback;
        const found = unconfirmed === undefined ? doubtOf(order, readback) : undefined;
        if (found === undefined) {
          this.pursuing = false;
          const done = unconfirmed === undefined ? order.done : sentOnly(order, unconfirmed);
          this.say(this.phase, done, this.readback);
          this.changed();
          return 'confirmed';
        }
        doubt = `it reports that ${found}.`;
      } catch (thrown) {
        if (generation !== this.generation) return 'overtaken';
        this.readback = null;
        doubt = asForesightError(thrown).message;
      }
      const often = `${tries} ${tries === 1 ? 'try' : 'tries'}`;
      this.reason = `${order.title} NOT confirmed by the device after ${often}: ${doubt}${because}`;
      this.problem = new ForesightError(this.readback ? 'rig-refused' : 'rig-silent', this.reason, CUT);
      this.changed();
      await this.pause(RETRY_SECONDS);
      if (generation !== this.generation) return 'overtaken';
    }
  }

  private pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.later(resolve, seconds * 1000);
      // Whoever cancels has raised the generation, so that the loop that waits here ends.
      this.cancelRetry = () => {
        cancel();
        resolve();
      };
    });
  }

  private inTime(answer: Promise<Readback>): Promise<Readback> {
    return new Promise((resolve, reject) => {
      const cancel = this.clock.later(() => {
        reject(
          new ForesightError(
            'rig-silent',
            `It has not answered within ${TRY_SECONDS} s.`,
            'Look at the rig.',
          ),
        );
      }, TRY_SECONDS * 1000);
      answer.then(resolve, reject).finally(cancel);
    });
  }
}

/** What the device's answer says against the order being carried out; undefined when it is. */
function doubtOf({ way }: Order, { halted, torque }: Readback): string | undefined {
  if (!halted) return 'it is NOT halted';
  if (way === 'hold') return torque ? undefined : 'its torque is off';
  return torque ? 'its torque is still on' : undefined;
}

/** What is said of an order to a device that cannot confirm it. */
function sentOnly({ title, cause }: Order, unconfirmed: string): string {
  return `${title} sent; ${unconfirmed}.${cause === '' ? '' : ` Asked for because: ${cause}`}`;
}

/** null where nothing was read. */
function shown(readback: Readback): LinkState['readback'] {
  if (readback.unconfirmed !== undefined) return null;
  return { torque: readback.torque, halted: readback.halted, applied: [...readback.applied] };
}

function goneError(reason: string): ForesightError {
  return new ForesightError('rig-gone', reason, 'Look at the rig, then connect it again.');
}
