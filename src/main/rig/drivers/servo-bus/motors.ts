import type { CalibratedMotor } from '../../../../shared/calibration';
import { ForesightError } from '../../../../shared/errors';
import type { RigFile } from '../../../../shared/rig';
import type { ServoMotor, ServoQuantity } from '../../../../shared/servos';
import type { MotorReading, MotorWord } from '../../driver';
import type { ServoFamily, ServoModel } from './protocol';
import { decodeRegister, encodeRegister, registerRange } from './registers';

/** A motor as it hangs on the line of a rig: counts of the motor against the angle of its joint. */
export class BusMotor {
  readonly id: number;
  /** Counts a second that a count of velocity stands for, other than what the model says. */
  velocityPerCount: number | undefined;
  /** As in the rig file, with what a calibration says instead. */
  settings: ServoMotor;
  /** Whole turns that the motor counts and its joint has not made. */
  private turns = 0;
  /** Where readings lie of a joint that has stops, counts; undefined while nobody knows. */
  private middle: number | undefined;

  constructor(
    readonly name: string,
    readonly model: ServoModel,
    /** As in the rig file. */
    readonly file: ServoMotor,
  ) {
    this.id = file.id;
    this.settings = file;
  }

  /** From now on by this calibration, undefined: by the rig file alone. `limits` in rad. */
  use(calibrated: { motor: CalibratedMotor; limits: readonly [number, number] } | undefined): void {
    this.turns = 0;
    this.middle = undefined;
    this.settings = this.file;
    if (!calibrated) return;
    const { motor, limits } = calibrated;
    this.settings = { ...this.file, direction: motor.direction, zero: motor.zero, limits: [...limits] };
    const { start } = this.file;
    if (start !== undefined) this.settings.start = Math.min(limits[1], Math.max(limits[0], start));
    const goesOn = this.file.passive || this.file.limits[1] - this.file.limits[0] > 2 * Math.PI;
    const { offset } = this.model.calibration;
    if (offset && !(motor.fullTurn && goesOn)) this.middle = (motor.range[0] + motor.range[1]) / 2;
  }

  /** Its angle is shown by these from now on, as though they were calibrated. */
  preview(direction: 1 | -1, zero: number, turns: number): void {
    this.settings = { ...this.settings, direction, zero };
    this.turns = turns;
    this.middle = undefined;
  }

  /** rad, of the counts that the motor reads; after a restart it may count another turn than before. */
  placed(counts: number): number {
    if (this.middle !== undefined) this.turns = Math.round((counts - this.middle) / this.turn);
    return this.angle(counts);
  }

  /** As sentences name it. */
  get called(): string {
    return `"${this.name}" (motor ${this.id})`;
  }

  /** rad, of counts. */
  angle(counts: number): number {
    return this.settings.direction * (counts - this.turns * this.turn - this.zero) * this.radPerCount;
  }

  /** Counts, whole ones that the goal register can hold, for an angle in rad. */
  counts(angle: number): number {
    const [low, high] = registerRange(this.model.registers.goal);
    const { direction } = this.settings;
    const counts = Math.round(this.zero + this.turns * this.turn + (direction * angle) / this.radPerCount);
    return Math.min(high, Math.max(low, counts));
  }

  /** Within the joint's limits, and no farther from where it is than a step. */
  within(angle: number, present: number): number {
    const { limits, maxStep } = this.settings;
    const near = Math.min(present + maxStep, Math.max(present - maxStep, angle));
    return Math.min(limits[1], Math.max(limits[0], near));
  }

  /** Bytes of the goal register. */
  goalBytes(angle: number): Uint8Array {
    return encodeRegister(this.model.registers.goal, this.counts(angle), this.model.byteOrder);
  }

  /** Counts of a feedback block. */
  countsIn(block: Uint8Array): number {
    const { feedback, byteOrder } = this.model;
    const found = feedback.quantities.position;
    if (!found) return Number.NaN;
    return decodeRegister(found.register, block, byteOrder, found.register.address - feedback.address);
  }

  /** A quantity of a feedback block, in the unit of its channel; NaN where the model does not measure it. */
  quantity(block: Uint8Array, quantity: ServoQuantity): number {
    const { feedback, byteOrder } = this.model;
    const found = feedback.quantities[quantity];
    if (!found) return Number.NaN;
    const { register, perCount } = found;
    const raw = decodeRegister(register, block, byteOrder, register.address - feedback.address);
    if (quantity === 'position') return this.angle(raw * perCount);
    if (quantity !== 'velocity') return raw * perCount * (isDirected(quantity) ? this.settings.direction : 1);
    return this.settings.direction * raw * (this.velocityPerCount ?? perCount) * this.radPerCount;
  }

  /** What its newest feedback block says; NaN without one. */
  reading(block: Uint8Array | undefined): Omit<MotorReading, keyof MotorWord> {
    const of = (quantity: ServoQuantity) => (block ? this.quantity(block, quantity) : Number.NaN);
    return {
      ...{
        name: this.name,
        id: this.id,
        position: of('position'),
        velocity: of('velocity'),
        current: of('current'),
      },
      ...{ voltage: of('voltage'), temperature: of('temperature') },
    };
  }

  /** What the block's condition register says. */
  conditions(block: Uint8Array): string[] {
    const { feedback, byteOrder } = this.model;
    const { condition } = feedback;
    if (!condition) return [];
    const { register } = condition;
    return condition.problems(
      decodeRegister(register, block, byteOrder, register.address - feedback.address),
    );
  }

  /** Of the motor where the joint's angle is 0: from the middle of its turn, rad, in its own direction. */
  get zeroRad(): number {
    return (this.zero - Math.round(this.model.countsPerTurn / 2)) * this.radPerCount;
  }

  private get turn(): number {
    return Math.round(this.model.countsPerTurn);
  }

  private get zero(): number {
    return this.settings.zero ?? Math.round(this.model.countsPerTurn / 2);
  }

  private get radPerCount(): number {
    return (2 * Math.PI) / this.model.countsPerTurn;
  }
}

function isDirected(quantity: ServoQuantity): boolean {
  return quantity === 'load' || quantity === 'current';
}

/** The motors of a rig file, in their order on the line. Throws bad-file for a model that the family does not have. */
export function busMotors({ name, driver, servos }: RigFile, family: ServoFamily): BusMotor[] {
  return Object.entries(servos?.motors ?? {}).map(([motor, settings]) => {
    const model = family.models[settings.model];
    if (model) return new BusMotor(motor, model, settings);
    const known = Object.keys(family.models).map((one) => `"${one}"`);
    throw new ForesightError(
      'bad-file',
      `The rig "${name}" names a motor model "${settings.model}" (servos.motors.${motor}.model) that the driver "${driver}" does not know; it knows ${known.join(', ')}.`,
      'Correct the model in rig.json.',
    );
  });
}
