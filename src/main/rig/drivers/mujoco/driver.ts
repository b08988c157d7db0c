import { isSimulated } from '../../../../shared/camera';
import type { Disposable } from '../../../../shared/disposable';
import { asForesightError, ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import { hostSeconds, startTicking } from '../../clock';
import type { Driver, DriverInfo, Observation, PlantLimits, Readback } from '../../driver';
import { Listeners } from '../../listeners';
import { Actuation } from '../../simulation/actuation';
import { openPlant, type Plant } from './plant';

/**
 * A simulated robot without a device in between. In lockstep it moves when `advance` is called, as fast as the
 * CPU allows; in real time it runs on a clock of its own, one control period a tick.
 */
export async function openMujocoDriver(rig: Rig, mode: Driver['mode'], seed: number): Promise<Driver> {
  const plant = await openPlant(rig, seed);
  const driver = new MujocoDriver(rig, mode, plant, plant.first);
  if (mode === 'realtime') driver.start();
  return driver;
}

class MujocoDriver implements Driver {
  readonly info: DriverInfo;
  /** None: a rig file whose limits the model would clip is refused. */
  readonly plantLimits: PlantLimits = [];
  readonly advance?: (values: Float64Array) => Observation;
  private readonly actuation: Actuation;
  private readonly observed = new Listeners<Observation>();
  private readonly faults = new Listeners<ForesightError>();
  private clock: Disposable | undefined;
  private steps = 0;
  private newest: Observation;
  private closed = false;
  private readonly counts = { steps: 0, atStart: 0, commands: 0, refused: 0, expired: 0, resets: 0 };

  constructor(
    readonly rig: Rig,
    readonly mode: Driver['mode'],
    private readonly plant: Plant,
    first: Float64Array,
  ) {
    this.info = {
      name: 'MuJoCo',
      version: plant.version,
      link: `MuJoCo ${plant.version}, in ${mode === 'lockstep' ? 'lockstep' : 'real time'}`,
    };
    this.actuation = new Actuation(rig.file.actions.map((action) => action.hold));
    this.newest = this.observation(first);
    if (mode === 'lockstep') this.advance = (values) => this.advanceInLockstep(values);
  }

  /** Real time: starts the clock. */
  start(): void {
    this.clock = startTicking(this.rig.file.periodSeconds, () => this.tick());
  }

  latest(): Observation {
    return this.newest;
  }

  onObservation(listener: (observation: Observation) => void): Disposable {
    return this.observed.add(listener);
  }

  onFault(listener: (error: ForesightError) => void): Disposable {
    return this.faults.add(listener);
  }

  act(values: Float64Array, ttlSeconds: number): void {
    this.requireOpen();
    this.counts.commands++;
    if (!this.actuation.accept(values, hostSeconds() + ttlSeconds)) this.counts.refused++;
  }

  async reset(seed: number): Promise<Observation> {
    this.requireOpen();
    if (this.actuation.halted) {
      throw new ForesightError(
        'rig-refused',
        `"${this.rig.file.title}" does not reset: it is ${this.actuation.torque ? 'on hold' : 'released'}.`,
        'Press Resume first.',
      );
    }
    this.counts.resets++;
    this.actuation.begin();
    this.newest = this.observation(this.plant.reset(seed));
    return this.newest;
  }

  async hold(): Promise<Readback> {
    this.actuation.enterHold();
    return this.readback();
  }

  async release(): Promise<Readback> {
    this.actuation.enterRelease();
    return this.readback();
  }

  async resume(): Promise<Readback> {
    this.actuation.resume();
    return this.readback();
  }

  async status(): Promise<Readback> {
    return this.readback();
  }

  counters(): Record<string, number> {
    return { ...this.counts };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.clock?.dispose();
    this.observed.clear();
    this.faults.clear();
    this.plant.dispose();
  }

  private advanceInLockstep(values: Float64Array): Observation {
    this.requireOpen();
    this.counts.commands++;
    // No time passes between two steps in lockstep: a command lives for the step it is given for.
    if (!this.actuation.accept(values, Infinity)) this.counts.refused++;
    this.stepPlant(this.actuation.applied(0));
    return this.newest;
  }

  private tick(): void {
    const before = this.newest;
    if (this.actuation.takeExpiry(hostSeconds())) this.counts.expired++;
    try {
      this.stepPlant(this.actuation.applied(hostSeconds()));
    } catch (thrown) {
      this.clock?.dispose();
      this.actuation.enterHold();
      this.newest = before;
      const error = asForesightError(thrown);
      this.faults.emit(new ForesightError('rig-gone', error.message, error.next, { cause: thrown }));
      return;
    }
    this.observed.emit(this.newest);
  }

  private stepPlant(action: Float64Array): void {
    this.plant.setTorque(this.actuation.torque);
    this.steps++;
    this.counts.steps++;
    const waits = this.mode === 'realtime' && this.actuation.untouched;
    if (waits) this.counts.atStart++;
    this.newest = this.observation(waits ? this.newest.values : this.plant.step(action));
  }

  private observation(values: Float64Array): Observation {
    const deviceSeconds = this.steps * this.rig.file.periodSeconds;
    const seen = this.rig.file.cameras.some(isSimulated) && { pose: this.plant.state().positions };
    return { values, deviceSeconds, hostSeconds: hostSeconds(), ...seen };
  }

  private readback(): Readback {
    this.requireOpen();
    const { torque, halted } = this.actuation;
    return { torque, halted, applied: Float64Array.from(this.actuation.applied(hostSeconds())) };
  }

  private requireOpen(): void {
    if (!this.closed) return;
    throw new ForesightError('rig-gone', `"${this.rig.file.title}" is closed.`, 'Connect to the rig again.');
  }
}
