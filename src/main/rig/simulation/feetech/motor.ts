import { homingOffset } from '../../drivers/feetech/registers';
import type { Register, ServoModel } from '../../drivers/servo-bus/protocol';
import { decodeRegister, encodeRegister, registerRange } from '../../drivers/servo-bus/registers';
import { type GearMotor, gearMotorTorque } from '../servo-bus/gear-motor';

const MEMORY_BYTES = 128;
/** Written to torque enable: where the shaft is now is the middle from now on. */
const CALIBRATE = 128;
/** Share of the full voltage a count of error and of P: 16 exerts everything at 7°. */
const P_SHARE = 1 / 1280;
const D_SHARE = 1 / 400_000;
/** An overloaded motor exerts no more than this share. */
const PROTECTED_SHARE = 0.2;
const SUPPLY_VOLTS = 12;
const ROOM_DEGREES = 25;
/** °C a second at full current, and back to the room's a second. */
const HEATING = 0.3;
const COOLING = 0.004;

const CONDITION = { voltage: 1 << 0, overload: 1 << 5 };

/** What a motor is delivered with, by register; all else is 0. */
const DEFAULTS: Record<string, number> = {
  firmware_major: 3,
  firmware_minor: 10,
  response_level: 1,
  max_temperature: 70,
  max_voltage: 140,
  min_voltage: 40,
  max_torque: 1000,
  phase: 12,
  p_gain: 32,
  d_gain: 32,
  min_startup_force: 16,
  protection_current: 500,
  angular_resolution: 1,
  protective_torque: 20,
  protection_time: 200,
  overload_torque: 80,
  torque_limit: 1000,
  lock: 1,
};

/** A Feetech motor: a table of registers with a control loop behind it. */
export class FeetechMotor {
  private readonly memory = new Uint8Array(MEMORY_BYTES);
  /** What is there again after the supply has failed. */
  private readonly eeprom = new Uint8Array(MEMORY_BYTES);
  private readonly kept: ReadonlySet<number>;
  private readonly readOnly: ReadonlySet<number>;
  private pending: { address: number; data: Uint8Array } | undefined;
  private overloaded = false;
  /** Seconds for which it has exerted more than `overload_torque` without a break. */
  private strained = 0;
  private temperature = ROOM_DEGREES + 3;
  /** Counts, where the encoder is in its turn; the shaft's middle is half a turn. */
  private encoder = 0;
  /** Share of the full voltage. */
  private drive = 0;

  constructor(
    readonly model: ServoModel,
    id: number,
    private readonly mechanics: GearMotor,
  ) {
    const registers = Object.values(model.registers).filter((one) => one !== undefined);
    this.kept = new Set(registers.filter(({ memory }) => memory === 'eeprom').flatMap(places));
    this.readOnly = new Set(registers.filter(({ access }) => access === 'read').flatMap(places));
    for (const [name, value] of Object.entries(DEFAULTS)) this.put(name, value);
    this.put('model', model.number);
    this.put('id', id);
    this.put('max_position', Math.round(model.countsPerTurn) - 1);
    for (const place of this.kept) this.eeprom[place] = this.memory[place] ?? 0;
  }

  get id(): number {
    return this.get('id');
  }

  /** Error byte of an answer. */
  get condition(): number {
    return this.get('condition');
  }

  /** Answers instructions that change something, and not only ping and read. */
  get answersAll(): boolean {
    return this.get('response_level') === 1;
  }

  read(address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => this.memory[address + i] ?? 0);
  }

  write(address: number, data: Uint8Array): void {
    const wasOn = this.get('torque') === 1;
    for (const [i, byte] of data.entries()) {
      const place = address + i;
      if (place >= MEMORY_BYTES || this.readOnly.has(place)) continue;
      this.memory[place] = byte;
      if (this.kept.has(place) && this.get('lock') === 0) this.eeprom[place] = byte;
    }
    const torque = this.get('torque');
    if (torque === CALIBRATE) {
      this.put('homing_offset', homingOffset(this.encoder, Math.round(this.model.countsPerTurn / 2)));
      this.put('torque', wasOn ? 1 : 0);
    }
    // Protection lasts until torque is switched off.
    if (torque === 0) this.overloaded = false;
  }

  writeLater(address: number, data: Uint8Array): void {
    this.pending = { address, data };
  }

  action(): void {
    const { pending } = this;
    this.pending = undefined;
    if (pending) this.write(pending.address, pending.data);
  }

  get isHolding(): boolean {
    return this.get('torque') === 1;
  }

  /** EEPROM, by register. */
  memoryKept(): Record<string, number> {
    const { byteOrder } = this.model;
    return Object.fromEntries(
      this.writableKept().map(([name, one]) => [
        name,
        decodeRegister(one, this.eeprom, byteOrder, one.address),
      ]),
    );
  }

  remember(memory: Readonly<Record<string, number>>): void {
    for (const [name, register] of this.writableKept()) {
      const value = memory[name];
      const [low, high] = registerRange(register);
      if (value === undefined || !Number.isInteger(value) || value < low || value > high) continue;
      this.eeprom.set(encodeRegister(register, value, this.model.byteOrder), register.address);
    }
  }

  private writableKept(): [string, Register][] {
    return Object.entries(this.model.registers).filter(
      (entry): entry is [string, Register] => entry[1]?.memory === 'eeprom' && entry[1].access === 'write',
    );
  }

  brownOut(): void {
    const measured = this.read(0, MEMORY_BYTES);
    this.memory.fill(0);
    for (const place of this.kept) this.memory[place] = this.eeprom[place] ?? 0;
    for (const name of ['position', 'temperature', 'voltage']) {
      const register = this.model.registers[name];
      if (register)
        this.memory.set(
          measured.subarray(register.address, register.address + register.size),
          register.address,
        );
    }
    this.put('lock', 1);
    this.put('torque_limit', this.get('max_torque'));
    this.overloaded = false;
    this.pending = undefined;
  }

  overload(): void {
    this.overloaded = true;
  }

  /** Torque at the shaft for the next `seconds`, N m, where it is at `angle` (rad from the middle of its range) and turns with `velocity`. */
  torqueAt(angle: number, velocity: number, seconds: number): number {
    this.sense(angle, velocity);
    const isOn = this.get('torque') === 1;
    this.drive = isOn ? this.control(velocity) : 0;
    const isStrained = isOn && Math.abs(this.drive) * 100 > this.get('overload_torque');
    this.strained = isStrained ? this.strained + seconds : 0;
    // 10 ms a count.
    if (this.strained > this.get('protection_time') / 100) this.overloaded = true;
    return isOn ? gearMotorTorque(this.mechanics, this.drive, velocity) : 0;
  }

  /** Registers after `seconds` more. */
  measure(angle: number, velocity: number, seconds: number): void {
    this.sense(angle, velocity);
    const load = Math.round(Math.abs(this.drive) * 1000) * Math.sign(this.drive);
    const amperes = this.mechanics.stallCurrent * Math.abs(this.drive);
    this.temperature +=
      seconds * (HEATING * Math.abs(this.drive) - COOLING * (this.temperature - ROOM_DEGREES));
    const voltage = Math.round(10 * (SUPPLY_VOLTS - 0.4 * Math.abs(this.drive)));
    this.put('load', load);
    this.put('current', Math.round(amperes / 0.0065) * Math.sign(this.drive));
    this.put('voltage', voltage);
    this.put('temperature', Math.round(this.temperature));
    this.put('moving', Math.abs(velocity) > 0.02 ? 1 : 0);
    const voltageIsBad = voltage < this.get('min_voltage') || voltage > this.get('max_voltage');
    this.put(
      'condition',
      (voltageIsBad ? CONDITION.voltage : 0) | (this.overloaded ? CONDITION.overload : 0),
    );
  }

  private sense(angle: number, velocity: number): void {
    const { countsPerTurn } = this.model;
    const counts = Math.round(countsPerTurn / 2 + (angle / (2 * Math.PI)) * countsPerTurn);
    this.encoder = modulo(counts, Math.round(countsPerTurn));
    this.put('position', modulo(this.encoder - this.get('homing_offset'), Math.round(countsPerTurn)));
    const coarse = this.model.coarseVelocity;
    const isCoarse = coarse !== undefined && (this.get('phase') & (1 << coarse.bit)) === 0;
    const perSecond = (velocity / (2 * Math.PI)) * countsPerTurn;
    this.put('velocity', Math.round(perSecond / (isCoarse ? coarse.perCount : 1)));
  }

  /** Share of the full voltage. */
  private control(velocity: number): number {
    const goal = clip(this.get('goal'), this.get('min_position'), this.get('max_position'));
    const error = goal - this.get('position');
    const perSecond = (velocity / (2 * Math.PI)) * this.model.countsPerTurn;
    const wanted = P_SHARE * this.get('p_gain') * error - D_SHARE * this.get('d_gain') * perSecond;
    const limit = this.model.registers.torque_limit ? this.get('torque_limit') : this.get('max_torque');
    const most = Math.min(limit / 1000, this.overloaded ? PROTECTED_SHARE : 1);
    return clip(wanted, -most, most);
  }

  private get(name: string): number {
    const register = this.model.registers[name];
    return register ? decodeRegister(register, this.memory, this.model.byteOrder, register.address) : 0;
  }

  /** What a register cannot hold stays at its end. */
  private put(name: string, value: number): void {
    const register = this.model.registers[name];
    if (!register) return;
    const [low, high] = registerRange(register);
    this.memory.set(encodeRegister(register, clip(value, low, high), this.model.byteOrder), register.address);
  }
}

function places({ address, size }: Register): number[] {
  return Array.from({ length: size }, (_, i) => address + i);
}

function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function modulo(value: number, turn: number): number {
  return ((value % turn) + turn) % turn;
}
