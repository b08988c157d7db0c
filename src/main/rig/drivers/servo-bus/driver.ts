import type { Disposable } from '../../../../shared/disposable';
import { asForesightError, ForesightError } from '../../../../shared/errors';
import type { Rig } from '../../../../shared/rig';
import type { ServoOptions } from '../../../../shared/servos';
import type { LineState } from '../../../../shared/telemetry';
import { hostSeconds, startTicking } from '../../clock';
import { DeviceFeed } from '../../device-feed';
import type { Driver, DriverInfo, MotorReading, Observation, PlantLimits, Readback } from '../../driver';
import { watchSilence } from '../../silence';
import { readAlerts, restart } from './alerts';
import type { ServoBus } from './bus';
import { Calibrator, type CalibratorOptions } from './calibration/calibrator';
import { devicelessMotors } from './calibration/device';
import { applyRegisters, prepareMotors, requireReachable } from './configure';
import { Diagnosis } from './diagnosis';
import { Goals } from './goals';
import { Homing } from './homing';
import type { BusMotor } from './motors';
import type { MotorStatus } from './protocol';
import { eachModel, stopped, Torque, type TorqueState } from './torque';

/** For so many control periods in a row the last answer of a motor stands for those that did not come. */
const BRIDGED_PERIODS = 2;
/** How often all are read before it counts that one has not answered: at connecting a computer is busy. */
const FIRST_CYCLES = 5;
/** How often a motor is asked in a control period. */
const ASKED = 2;

/** Takes over the motors on a line: checks them against the rig, brings them to hold and begins to read them. */
export async function startServoDriver(
  rig: Rig,
  servos: ServoOptions,
  bus: ServoBus,
  motors: readonly BusMotor[],
  keeping: ServoKeeping = { device: devicelessMotors(motors) },
): Promise<Driver> {
  await prepareMotors(bus, motors);
  const driver = new ServoDriver(rig, servos, bus, motors, keeping);
  try {
    await driver.calibration.load();
    // What is wrong with the motors' own limits is said by the mismatch, and put right by whoever calibrates.
    if (driver.calibration.inForce.mismatch === null) await requireReachable(bus, motors);
    await driver.start();
  } catch (thrown) {
    await driver.close();
    throw thrown;
  }
  return driver;
}

/** What a driver's calibrations belong to, and where they are kept. */
export type ServoKeeping = Pick<CalibratorOptions, 'device' | 'store' | 'hand'> & {
  about?: Pick<DriverInfo, 'device' | 'remark'> | undefined;
};

class ServoDriver implements Driver {
  readonly mode = 'realtime';
  readonly calibration: Calibrator;
  private torqueFound: DriverInfo['torqueFound'];
  readonly plantLimits: PlantLimits;
  private readonly feed: DeviceFeed;
  private readonly disposables: Disposable[] = [];
  private readonly counts = { observations: 0, commands: 0, notSent: 0, bridged: 0, late: 0, expired: 0 };
  private readonly torque: Torque;
  private readonly goals: Goals;
  private readonly diagnosis: Diagnosis;
  /** [motors] the newest feedback block. */
  private readonly blocks: (Uint8Array | undefined)[];
  /** [motors] rad. */
  private readonly present: Float64Array;
  /** When anything came from the motors last. */
  private heardAt = hostSeconds();
  /** From the moment hold or release is asked for until resume is confirmed: no goal leaves this computer. */
  private blocked = true;
  /** Grows with every hold and release: what was asked for before has no say any more. */
  private halts = 0;
  /** The torque that was asked for last, and confirmed. */
  private holding = false;
  /** Motors may have been without power since their registers were set. */
  private needsSettings = false;
  private command: { values: Float64Array; until: number } | undefined;
  private homing: Homing | undefined;
  private cycling = false;

  constructor(
    readonly rig: Rig,
    private readonly servos: ServoOptions,
    private readonly bus: ServoBus,
    private readonly motors: readonly BusMotor[],
    private readonly keeping: ServoKeeping,
  ) {
    const link = bus.transport.description;
    this.calibration = new Calibrator({
      ...keeping,
      rig,
      bus,
      motors,
      torqueDoubt: () => this.torqueDoubt(),
    });
    this.plantLimits = rig.file.actions.map(() => undefined);
    this.torque = new Torque(bus, motors, rig.file.safety.watchdogSeconds);
    this.goals = new Goals(motors, rig.file, rig.file.periodSeconds);
    this.feed = new DeviceFeed(rig);
    const tell = (error: ForesightError) => this.feed.tell(error);
    this.diagnosis = new Diagnosis(motors, link, tell, () => bus.counters().badChecksum ?? 0);
    this.blocks = motors.map(() => undefined);
    this.present = new Float64Array(motors.length);
    this.disposables.push(bus.transport.onClose((reason) => this.finish(reason)));
  }

  get info(): DriverInfo {
    const models = [...new Set(this.motors.map(({ model }) => model.name))].join(', ');
    const { protocol, transport } = this.bus;
    const calibration = this.calibration.inForce;
    const about = this.keeping.about ?? {};
    return {
      name: protocol.name,
      version: models,
      link: transport.description,
      ...about,
      calibration,
      ...(this.torqueFound && { torqueFound: this.torqueFound }),
    };
  }

  async start(): Promise<void> {
    await this.lookAtTorque();
    await this.hold();
    for (let cycle = 0; cycle < FIRST_CYCLES && !this.feed.newest; cycle++) await this.cycle();
    const { periodSeconds } = this.rig.file;
    if (!this.feed.newest) throw this.silent();
    this.disposables.push(
      startTicking(periodSeconds, () => {
        if (this.cycling) this.counts.late++;
        else this.cycle().catch((thrown: unknown) => this.cycleFailed(thrown));
      }),
      watchSilence({
        periodSeconds,
        description: this.info.link,
        lastObservationSeconds: () => this.heardAt,
        received: () => {
          const { bytes = 0, packets: frames = 0 } = this.bus.counters();
          return { bytes, frames };
        },
        onFault: (fault) => {
          if (fault.code !== 'rig-gone') return this.feed.tell(fault);
          this.finish(fault);
          void this.bus.transport.close();
        },
      }),
    );
  }

  /** Who had no torque may have dropped what it carried. */
  private async lookAtTorque(): Promise<void> {
    const driven = this.motors.filter(({ settings }) => !settings.passive);
    const states = await this.torque.read(driven, false);
    const called = (torque: boolean) =>
      driven.flatMap((motor, i) => (states[i]?.torque === torque ? [motor.called] : []));
    this.torqueFound = { on: called(true), off: called(false) };
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
    if (this.blocked || this.homing) {
      this.counts.notSent++;
      return;
    }
    this.counts.commands++;
    this.command = { values: values.slice(), until: hostSeconds() + ttlSeconds };
    this.send(this.goals.command(values, this.present));
  }

  async reset(): Promise<Observation> {
    this.feed.requireHere();
    if (this.blocked) throw stopped();
    this.command = undefined;
    this.homing?.end(stopped());
    const { startSpeed } = this.servos;
    this.homing = new Homing(this.motors, this.info.link, this.present, startSpeed);
    return this.homing.arrived;
  }

  hold(): Promise<Readback> {
    return this.makeSafe((isWanted) => this.torque.hold(this.holding, isWanted), true);
  }

  release(): Promise<Readback> {
    return this.makeSafe((isWanted) => this.torque.release(isWanted), false);
  }

  async resume(): Promise<Readback> {
    this.feed.requireHere();
    this.calibration.requireMovable();
    const { halts } = this;
    if (this.needsSettings) await this.awaken();
    const states = await this.torque.hold(this.holding, () => halts === this.halts);
    this.feed.requireHere();
    if (halts !== this.halts) {
      throw new ForesightError('stopped', 'A hold overtook the resume.', 'Press Resume to go on.');
    }
    this.holding = true;
    this.goals.set(states.map(({ goal }) => goal));
    this.command = undefined;
    this.blocked = false;
    return this.readback(states);
  }

  async status(): Promise<Readback> {
    this.feed.requireHere();
    const { halts } = this;
    const states = await this.torque.read(this.motors, false);
    const known = states.filter((state) => state !== undefined);
    if (known.length < states.length) throw this.silent();
    if (halts === this.halts && this.holding) this.noticeLostTorque(known);
    return this.readback(known);
  }

  jointGoals(): Float64Array {
    return this.goals.ofActions();
  }

  motorReadings(): MotorReading[] {
    return this.motors.map((motor, i) => ({ ...motor.reading(this.blocks[i]), ...this.torque.word(i) }));
  }

  counters(): Record<string, number> {
    return { ...this.bus.counters(), ...this.counts };
  }

  line(): LineState {
    return this.bus.line;
  }

  async close(): Promise<void> {
    if (!this.feed.beginClose()) return;
    this.blocked = true;
    this.feed.endClose();
    this.homing?.end(this.feed.goneBecause ?? stopped());
    for (const disposable of this.disposables) disposable.dispose();
    this.calibration.dispose();
    await this.bus.transport.close();
    this.bus.dispose();
  }

  /** One control period: every motor is read, and what is on its way moves on. */
  private async cycle(): Promise<void> {
    this.cycling = true;
    try {
      const asked = hostSeconds();
      const answers = await this.readFeedback();
      const alerts = await readAlerts(this.bus, this.motors, answers);
      if (this.feed.isOver) return;
      this.take(answers, alerts, asked);
    } finally {
      this.cycling = false;
    }
  }

  private cycleFailed(thrown: unknown): void {
    if (!this.feed.isOver) this.feed.tell(asForesightError(thrown));
  }

  private readFeedback(): Promise<(MotorStatus | undefined)[]> {
    return eachModel(this.motors, (alike) => {
      const { address, length } = (alike[0] as BusMotor).model.feedback;
      return this.bus.readAll(
        alike.map(({ id }) => id),
        address,
        length,
        { attempts: ASKED },
      );
    });
  }

  private take(
    answers: readonly (MotorStatus | undefined)[],
    alerts: readonly (readonly string[])[],
    asked: number,
  ): void {
    const now = hostSeconds();
    if (answers.some((answer) => answer)) this.heardAt = now;
    this.motors.forEach((motor, i) => {
      const block = answers[i]?.parameters;
      if (!block) return;
      this.blocks[i] = block;
      const counts = motor.countsIn(block);
      this.calibration.see(i, counts);
      this.present[i] = motor.placed(counts);
    });
    this.calibration.tick();
    this.diagnosis.see(answers, alerts);
    const isUsable = this.blocks.every((block, i) => block && this.diagnosis.missed(i) <= BRIDGED_PERIODS);
    if (!isUsable) return;
    if (answers.includes(undefined)) this.counts.bridged++;
    this.counts.observations++;
    const observation = { values: this.observation(), deviceSeconds: asked, hostSeconds: now };
    this.moveOn(observation);
    this.feed.observe(observation);
  }

  private observation(): Float64Array {
    return Float64Array.from(this.rig.file.observations, ({ servo }) => {
      const place = this.motors.findIndex(({ name }) => name === servo?.motor);
      const block = this.blocks[place];
      return (servo && block && this.motors[place]?.quantity(block, servo.quantity)) ?? Number.NaN;
    });
  }

  /** What is on its way to the start goes on; a command that has lived its time ends where the motors are. */
  private moveOn(observation: Observation): void {
    if (this.blocked) return;
    if (this.homing) {
      this.send(this.goals.approach(this.homing.wanted, this.servos.startSpeed, this.present));
      if (this.homing.see(observation, this.present, this.goals.current)) this.homing = undefined;
      return;
    }
    if (!this.command || hostSeconds() <= this.command.until) return;
    this.command = undefined;
    this.counts.expired++;
    this.goals.set([...this.present]);
    this.send([...this.present]);
  }

  /** A goal that waits for its turn while somebody asks for a hold does not leave any more. */
  private send(goals: readonly (number | undefined)[]): void {
    const { halts } = this;
    const onlyIf = () => !this.blocked && halts === this.halts;
    this.torque.writeGoals(goals, { onlyIf }).catch(() => {});
  }

  private async makeSafe(
    tell: (isWanted: () => boolean) => Promise<TorqueState[]>,
    holds: boolean,
  ): Promise<Readback> {
    this.blocked = true;
    this.halts++;
    const { halts } = this;
    this.command = undefined;
    this.homing?.end(stopped());
    this.homing = undefined;
    if (holds) this.calibration.interrupt('the rig was brought to hold.');
    this.feed.requireHere();
    const states = await tell(() => halts === this.halts);
    if (halts !== this.halts) throw stopped();
    this.holding = holds;
    this.needsSettings ||= !holds;
    return this.readback(states);
  }

  /** After a release, or a restart of a motor that nobody saw: registers in RAM may be those of the factory. */
  private async awaken(): Promise<void> {
    const problems: string[] = [];
    for (const motor of this.motors) {
      await restart(this.bus, motor);
      problems.push(...(await applyRegisters(this.bus, motor)));
    }
    this.needsSettings = problems.length > 0;
    if (problems.length === 0) return;
    throw new ForesightError(
      'rig-refused',
      `Motors on ${this.info.link} do not take their settings: ${problems.join('; ')}.`,
      'Check their power supply, then press Resume again.',
    );
  }

  /** Torque that was on and is off: the motor has restarted, or has switched itself off. */
  private noticeLostTorque(states: readonly TorqueState[]): void {
    this.noticeStop(states);
    const lost = this.motors.filter(({ settings }, i) => !settings.passive && states[i]?.torque === false);
    if (lost.length === 0) return;
    this.holding = false;
    this.needsSettings = true;
    const names = lost.map(({ called }) => called).join(', ');
    this.feed.tell(
      new ForesightError(
        'rig-refused',
        `${names} on ${this.info.link} exerts no torque any more, which nobody has asked for: the supply has failed for a moment, or the motor protects itself.`,
        'Check the power supply: its voltage, its current and its plugs. Then press Resume.',
      ),
    );
  }

  /** The motors' own watchdog has stopped them: this computer was busy with something else for too long. */
  private noticeStop(states: readonly TorqueState[]): void {
    const stoppedMotors = this.motors.filter((_, i) => (states[i]?.watchdog ?? 0) < 0);
    if (stoppedMotors.length === 0) return;
    this.holding = false;
    const names = stoppedMotors.map(({ called }) => called).join(', ');
    this.feed.tell(
      new ForesightError(
        'rig-refused',
        `${names} on ${this.info.link} stopped by itself, because it has heard nothing for ${this.rig.file.safety.watchdogSeconds} s.`,
        'Close what else keeps this computer busy, check the cable, then press Resume.',
      ),
    );
  }

  private readback(states: readonly TorqueState[]): Readback {
    const velocities = this.blocked ? [] : (this.command?.values ?? []);
    const driven = states.filter((_, i) => !this.motors[i]?.settings.passive);
    return {
      // Held is who holds with every motor, released who does with none.
      torque: this.holding ? driven.every(({ torque }) => torque) : states.some(({ torque }) => torque),
      halted: this.blocked,
      applied: this.goals.applied(
        states.map(({ goal }) => goal),
        velocities,
      ),
    };
  }

  /** What speaks against a hand at the joints, by the motors' own word. */
  private async torqueDoubt(): Promise<string | undefined> {
    this.feed.requireHere();
    if (!this.blocked || this.holding) return 'it has not been released';
    const states = await this.torque.read(this.motors, false);
    const doubts = this.motors.flatMap(({ called }, i) =>
      states[i] === undefined
        ? [`${called} does not answer`]
        : states[i].torque
          ? [`the torque of ${called} is on`]
          : [],
    );
    return doubts.length === 0 ? undefined : doubts.join('; ');
  }

  private silent(): ForesightError {
    return new ForesightError(
      'rig-silent',
      `Not all motors on ${this.info.link} answer.`,
      'Check the cable and the power of the motors.',
    );
  }

  private finish(reason: ForesightError): void {
    if (this.feed.isOver) return;
    this.blocked = true;
    this.homing?.end(reason);
    this.calibration.interrupt(reason.message);
    this.feed.finish(reason);
  }
}
