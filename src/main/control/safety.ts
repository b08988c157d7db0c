import { asForesightError, ForesightError } from '../../shared/errors';
import type { LinkState } from '../../shared/telemetry';
import type { Driver, Readback } from '../rig/driver';
import type { Cancel, Clock } from './clock';

/** Between two tries of a safety command that the device has not confirmed. */
const RETRY_SECONDS = 0.1;
/** How long one try waits for the device. */
const TRY_SECONDS = 0.5;
/** After this long without confirmation whoever asked is told so; the tries go on. */
const ANSWER_SECONDS = 1.5;

type SafetyPhase = 'ready' | 'held' | 'released' | 'stopped' | 'lost';

/**
 * Hold, release, e-stop and resume. A safety command takes effect here at once (the loop commands nothing unless
 * the phase is `ready`), is sent at once, and is repeated until the device's own read-back confirms it. What is
 * shown is that read-back: until it is there, the reason says that the device has not confirmed.
 *
 * The newest command wins. Only `resume` leaves `stopped`; a hold or release meanwhile is carried out, but the rig
 * stays stopped.
 */
export class Safety {
  phase: SafetyPhase = 'ready';
  reason = 'Ready.';
  readback: LinkState['readback'] = null;
  /** Grows with every command; an older one's tries end when it does. */
  private generation = 0;
  private cancelRetry: Cancel = () => {};

  constructor(
    private readonly driver: Driver,
    private readonly clock: Clock,
    private readonly changed: () => void,
  ) {}

  /** `why` is a sentence. Rejects when the device has not confirmed in time, while the tries go on. */
  hold(why: string): Promise<void> {
    return this.command(this.phase === 'stopped' ? 'stopped' : 'held', why, 'hold');
  }

  release(why: string): Promise<void> {
    return this.command(this.phase === 'stopped' ? 'stopped' : 'released', why, 'release');
  }

  stop(by: string): Promise<void> {
    return this.command('stopped', `Emergency stop by ${by}.`, 'hold');
  }

  /** The device is finished; nothing can be confirmed any more. */
  lose(reason: string): void {
    this.begin('lost', reason);
  }

  async resume(): Promise<void> {
    if (this.phase === 'lost') throw goneError(this.reason);
    const generation = this.supersede();
    let readback: Readback;
    try {
      readback = await this.inTime(this.driver.resume());
    } catch (thrown) {
      const error = asForesightError(thrown);
      if (generation === this.generation) this.reason = `Resume failed: ${error.message}`;
      this.changed();
      throw error;
    }
    if (generation !== this.generation)
      throw new ForesightError('stopped', this.reason, 'Press Resume again.');
    this.readback = shown(readback);
    if (readback.halted) {
      this.reason = 'Resume was sent, but the device still reports that it is halted.';
      this.changed();
      throw new ForesightError('rig-refused', this.reason, 'Look at the rig, then press Resume again.');
    }
    this.phase = 'ready';
    this.reason = 'Ready.';
    this.changed();
  }

  dispose(): void {
    this.supersede();
  }

  private supersede(): number {
    this.generation += 1;
    this.cancelRetry();
    return this.generation;
  }

  private begin(phase: SafetyPhase, reason: string): number {
    const generation = this.supersede();
    this.phase = phase;
    this.reason = reason;
    this.readback = null;
    return generation;
  }

  private command(phase: SafetyPhase, why: string, way: 'hold' | 'release'): Promise<void> {
    if (this.phase === 'lost') return Promise.reject(goneError(this.reason));
    const generation = this.begin(phase, `${why} The device has not confirmed yet.`);
    return new Promise((resolve, reject) => {
      const cancelAnswer = this.clock.later(() => {
        reject(new ForesightError('rig-silent', this.reason, 'Use the e-stop of the rig itself.'));
      }, ANSWER_SECONDS * 1000);
      void this.pursue(generation, why, way).then((outcome) => {
        cancelAnswer();
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
    why: string,
    way: 'hold' | 'release',
  ): Promise<'confirmed' | 'overtaken'> {
    for (let tries = 1; ; tries++) {
      let problem: string;
      try {
        // The first call happens in the same turn of the event loop as the command.
        const readback = await this.inTime(way === 'hold' ? this.driver.hold() : this.driver.release());
        if (generation !== this.generation) return 'overtaken';
        this.readback = shown(readback);
        const confirmed = way === 'hold' ? readback.halted : readback.halted && !readback.torque;
        if (confirmed) {
          this.reason = why;
          this.changed();
          return 'confirmed';
        }
        problem = way === 'hold' ? 'it reports that it is not halted' : 'it reports that torque is still on';
      } catch (thrown) {
        if (generation !== this.generation) return 'overtaken';
        problem = asForesightError(thrown).message;
      }
      this.reason = `${why} NOT confirmed by the device after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${problem}`;
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

function shown(readback: Readback): LinkState['readback'] {
  return { torque: readback.torque, halted: readback.halted, applied: [...readback.applied] };
}

function goneError(reason: string): ForesightError {
  return new ForesightError('rig-gone', reason, 'Look at the rig, then connect it again.');
}
