import type { Disposable } from '../../shared/disposable';
import { ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import type { Observation } from './driver';
import { Listeners } from './listeners';

/** What the driver of a device tells whoever listens: observations, trouble, and once its end. */
export class DeviceFeed {
  /** The newest observation. */
  newest: Observation | undefined;
  private readonly observed = new Listeners<Observation>();
  private readonly faults = new Listeners<ForesightError>();
  private reason: ForesightError | undefined;
  private closing = false;

  constructor(private readonly rig: Rig) {}

  /** Nothing is told any more: the device is gone, or the driver was closed. */
  get isOver(): boolean {
    return this.closing || this.reason !== undefined;
  }

  /** Why the device is gone; undefined while it is there. */
  get goneBecause(): ForesightError | undefined {
    return this.reason;
  }

  onObservation(listener: (observation: Observation) => void): Disposable {
    return this.observed.add(listener);
  }

  onFault(listener: (error: ForesightError) => void): Disposable {
    return this.faults.add(listener);
  }

  observe(observation: Observation): void {
    this.newest = observation;
    this.observed.emit(observation);
  }

  tell(error: ForesightError): void {
    this.faults.emit(error);
  }

  /** The device is gone. False where that was known, or where the driver is being closed. */
  finish(reason: ForesightError): boolean {
    if (this.isOver) return false;
    this.reason = reason;
    this.faults.emit(reason);
    return true;
  }

  /** The driver is being closed from here on. False where it was already. */
  beginClose(): boolean {
    if (this.closing) return false;
    this.closing = true;
    return true;
  }

  /** Nobody hears anything any more; what is asked of the driver from now on is refused. */
  endClose(): void {
    this.reason ??= new ForesightError(
      'rig-gone',
      `"${this.rig.file.title}" is closed.`,
      'Connect to the rig again.',
    );
    this.observed.clear();
    this.faults.clear();
  }

  /** @throws ForesightError with why the device is gone */
  requireHere(): void {
    if (this.reason) throw this.reason;
  }

  /** @throws ForesightError for a command that no device may be sent, or when the device is gone */
  requireCommand(values: Float64Array): void {
    this.requireHere();
    if (values.length === this.rig.file.actions.length && values.every(Number.isFinite)) return;
    throw new ForesightError(
      'internal',
      `A command of ${values.length} values (${values.join(', ')}) cannot be sent to "${this.rig.file.title}".`,
      'Send this to the developers; nothing was sent.',
    );
  }
}
