import { BROADCAST_ID, HIGHEST_ID } from '../../drivers/dynamixel/packets';
import { HARDWARE_ERROR, OPERATING_MODE, WATCHDOG_STOPPED } from '../../drivers/dynamixel/registers';
import type { ServoModel } from '../../drivers/servo-bus/protocol';
import { type GearMotor, gearMotorTorque } from '../servo-bus/gear-motor';
import { ControlTable } from './control-table';

/** Counts of PWM at full voltage. */
const FULL_PWM = 885;
/** Of the gains in the registers (ROBOTIS e-Manual, position PID gain): PWM counts a count of error. */
const P_DIVISOR = 128;
/** PWM counts a count of velocity a second; the manual gives no time for it. */
const D_DIVISOR = 160_000;
/** PWM counts a count a second of velocity that is missing. */
const VELOCITY_P_DIVISOR = 2048;
/** An overload is one that lasts so long. */
const OVERLOAD_SECONDS = 2;
const OVERLOAD_SHARE = 0.95;
/** Turning slower than this is standing, counts a second. */
const STANDING = 30;
const ROOM_DEGREES = 25;
/** °C a second at full current, and back to the room's a second. */
const HEATING = 0.3;
const COOLING = 0.004;
const SAG_VOLTS = 0.3;
/** Counts. */
const BOUNDED_OFFSET = 1024;

/** Motor and gear, and what the motor is supplied with. */
export interface DynamixelMechanics extends GearMotor {
  supplyVolts: number;
}

/** A motor of the X series: its control table with a control loop behind it. */
export class DynamixelMotor {
  readonly table: ControlTable;
  /** Share of the full voltage, in the motor's own direction. */
  private drive = 0;
  /** Whole turns that are forgotten, counts. */
  private unwound = 0;
  /** Where a profile has got to, counts. */
  private trajectory = 0;
  private strained = 0;
  /** Seconds since anything was heard on the line. */
  private silent = 0;
  private temperature = ROOM_DEGREES + 3;
  private angle = 0;

  constructor(
    readonly model: ServoModel,
    id: number,
    private readonly mechanics: DynamixelMechanics,
  ) {
    const { supplyVolts } = mechanics;
    this.table = new ControlTable(model, {
      min_voltage: Math.round(7 * supplyVolts),
      max_voltage: Math.round(14 * supplyVolts),
    });
    this.table.put('id', id);
  }

  get id(): number {
    return this.table.get('id');
  }

  /** Obeys what is said to this number; to a shadow number without a word. */
  listensTo(id: number): boolean {
    const shadow = this.table.get('shadow_id');
    return id === BROADCAST_ID || id === this.id || (shadow <= HIGHEST_ID && id === shadow);
  }

  /** In the error byte of every answer. */
  get alerts(): boolean {
    return this.table.get('hardware_error') !== 0;
  }

  /** Error number, 0 when it is done. */
  write(address: number, data: Uint8Array): number {
    const { table } = this;
    const wasOn = table.get('torque') === 1;
    const mode = table.get('operating_mode');
    const error = table.write(address, data);
    if (error !== 0) return error;
    // After a hardware error torque stays off until the motor is rebooted.
    if (this.hasShutDown) table.put('torque', 0);
    if (mode !== table.get('operating_mode')) this.begin();
    if (!wasOn && table.get('torque') === 1) {
      // In position control turns are forgotten when torque goes on, as real motors do.
      if (table.get('operating_mode') === OPERATING_MODE.position) this.unwound = this.turnsOfEncoder();
      this.sense(this.angle, 0);
      this.trajectory = table.get('position');
    }
    return 0;
  }

  /** Anything was heard, whoever was meant. */
  hear(): void {
    this.silent = 0;
  }

  /** False while it moves: whole turns are not forgotten then. */
  clearTurns(): boolean {
    if (this.table.get('moving') === 1) return false;
    this.unwound +=
      Math.floor(this.table.get('position') / this.model.countsPerTurn) * this.model.countsPerTurn;
    this.sense(this.angle, 0);
    return true;
  }

  get isHolding(): boolean {
    return this.table.get('torque') === 1;
  }

  /** EEPROM, by register. */
  memoryKept(): Record<string, number> {
    return Object.fromEntries(this.kept().map((name) => [name, this.table.get(name)]));
  }

  remember(memory: Readonly<Record<string, number>>): void {
    for (const name of this.kept()) {
      const value = memory[name];
      if (value !== undefined && Number.isInteger(value)) this.table.put(name, value);
    }
  }

  private kept(): string[] {
    return Object.entries(this.model.registers)
      .filter(([, register]) => register?.memory === 'eeprom' && register.access === 'write')
      .map(([name]) => name);
  }

  /** As after switching on: the encoder is within its turn, whatever the offset is. */
  reboot(): void {
    this.table.loseRam();
    this.strained = 0;
    this.unwound = this.turnsOfEncoder();
    this.sense(this.angle, 0);
    this.begin();
  }

  fail(bit: number): void {
    this.table.put('hardware_error', this.table.get('hardware_error') | (1 << bit));
    if (this.hasShutDown) this.table.put('torque', 0);
  }

  torqueAt(angle: number, velocity: number, seconds: number): number {
    this.sense(angle, velocity);
    this.advance(seconds);
    const isOn = this.table.get('torque') === 1;
    const limit = this.table.get('pwm_limit') / FULL_PWM;
    this.drive = isOn ? clip(this.control(), -limit, limit) : 0;
    return isOn ? this.direction * gearMotorTorque(this.mechanics, this.drive, velocity * this.direction) : 0;
  }

  measure(angle: number, velocity: number, seconds: number): void {
    this.sense(angle, velocity);
    const { table, drive } = this;
    if (seconds > 0) this.watch(seconds);
    const effort = Math.abs(drive);
    this.temperature += seconds * (HEATING * effort - COOLING * (this.temperature - ROOM_DEGREES));
    this.strained = effort > OVERLOAD_SHARE ? this.strained + seconds : 0;
    const voltage = Math.round(10 * (this.mechanics.supplyVolts - SAG_VOLTS * effort));
    const { current } = this.model.feedback.quantities;
    if (current) {
      table.put('current', Math.round((this.mechanics.stallCurrent * drive) / current.perCount));
    } else table.put('load', Math.round(1000 * drive));
    table.put('pwm', Math.round(FULL_PWM * drive));
    table.put('voltage', voltage);
    table.put('temperature', Math.round(this.temperature));
    table.put('realtime_tick', (table.get('realtime_tick') + Math.round(1000 * seconds)) % 32_768);
    if (voltage < table.get('min_voltage') || voltage > table.get('max_voltage')) {
      this.fail(HARDWARE_ERROR.inputVoltage);
    }
    if (this.temperature > table.get('max_temperature')) this.fail(HARDWARE_ERROR.overheating);
    if (this.strained > OVERLOAD_SECONDS) this.fail(HARDWARE_ERROR.overload);
  }

  private get hasShutDown(): boolean {
    return (this.table.get('hardware_error') & this.table.get('shutdown')) !== 0;
  }

  /** Drive mode bit 0: the motor calls the other way round positive. */
  private get direction(): 1 | -1 {
    return this.table.get('drive_mode') & 1 ? -1 : 1;
  }

  /** Where it is, counts, without what was unwound. */
  private counts(): number {
    const { countsPerTurn } = this.model;
    const turned = this.direction * (this.angle / (2 * Math.PI)) * countsPerTurn;
    return Math.round(countsPerTurn / 2 + turned) + this.offset();
  }

  /** In position control no more than a quarter of a turn is obeyed (ROBOTIS e-Manual). */
  private offset(): number {
    const offset = this.table.get('homing_offset');
    const isBounded = this.table.get('operating_mode') === OPERATING_MODE.position;
    return isBounded && Math.abs(offset) > BOUNDED_OFFSET ? 0 : offset;
  }

  /** Whole turns that the encoder does not know of, counts. */
  private turnsOfEncoder(): number {
    const { countsPerTurn } = this.model;
    return Math.floor((this.counts() - this.offset()) / countsPerTurn) * countsPerTurn;
  }

  /** Goals of a mode that has just begun: it stays where it is. */
  private begin(): void {
    const position = this.table.get('position');
    this.trajectory = position;
    this.table.put('goal', position);
    for (const name of ['goal_velocity', 'goal_current']) this.table.put(name, 0);
    this.table.put('goal_pwm', 0);
  }

  private sense(angle: number, velocity: number): void {
    const { table, model } = this;
    this.angle = angle;
    table.put('position', this.counts() - this.unwound);
    const perSecond = (this.direction * velocity * model.countsPerTurn) / (2 * Math.PI);
    const perCount = model.feedback.quantities.velocity?.perCount ?? 1;
    table.put('velocity', Math.round(perSecond / perCount));
    table.put('moving', Math.abs(perSecond) > STANDING ? 1 : 0);
  }

  /** The bus watchdog: nobody speaks any more while torque is on. */
  private watch(seconds: number): void {
    const { table } = this;
    const allowed = table.get('bus_watchdog');
    this.silent += seconds;
    if (allowed <= 0 || table.get('torque') === 0) return;
    if (this.silent <= allowed * (this.model.watchdog?.secondsPerCount ?? 0)) return;
    table.put('bus_watchdog', WATCHDOG_STOPPED);
    this.begin();
  }

  /** The profile goes on: as fast as it may, or at once without one. */
  private advance(seconds: number): void {
    const { table } = this;
    const goal = table.get('goal');
    const perCount = this.model.feedback.quantities.velocity?.perCount ?? 1;
    const most = table.get('profile_velocity') * perCount * seconds;
    this.trajectory =
      table.get('profile_velocity') === 0
        ? goal
        : this.trajectory + clip(goal - this.trajectory, -most, most);
    table.put('position_trajectory', Math.round(this.trajectory));
  }

  /** Share of the full voltage. */
  private control(): number {
    const { table, mechanics } = this;
    const velocity = table.get('velocity') * (this.model.feedback.quantities.velocity?.perCount ?? 1);
    const ampere = this.model.feedback.quantities.current?.perCount ?? 0;
    const current = (table.get('goal_current') * ampere) / mechanics.stallCurrent;
    switch (table.get('operating_mode')) {
      case OPERATING_MODE.pwm:
        return table.get('goal_pwm') / FULL_PWM;
      case OPERATING_MODE.current:
        return current;
      case OPERATING_MODE.velocity: {
        const perCount = this.model.feedback.quantities.velocity?.perCount ?? 1;
        const wanted = table.get('goal_velocity') * perCount;
        const radians = (wanted / this.model.countsPerTurn) * 2 * Math.PI;
        const more = (table.get('velocity_p_gain') / VELOCITY_P_DIVISOR) * (wanted - velocity);
        return radians / mechanics.noLoadSpeed + more / FULL_PWM;
      }
      default: {
        const error = this.trajectory - table.get('position');
        const pwm = (table.get('p_gain') / P_DIVISOR) * error - (table.get('d_gain') / D_DIVISOR) * velocity;
        const share = pwm / FULL_PWM;
        const isLimited = table.get('operating_mode') === OPERATING_MODE.currentBasedPosition;
        return isLimited ? clip(share, -Math.abs(current), Math.abs(current)) : share;
      }
    }
  }
}

function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
