import { HIGHEST_ID } from '../../drivers/dynamixel/packets';
import { BAUD_CODES, OPERATING_MODE, WATCHDOG_STOPPED } from '../../drivers/dynamixel/registers';
import type { Register, ServoModel } from '../../drivers/servo-bus/protocol';
import { decodeRegister, encodeRegister, registerRange } from '../../drivers/servo-bus/registers';

/** Why a write is refused, as in an answer's error byte. */
export const ERROR = { result: 1, instruction: 2, range: 4, length: 5, limit: 6, access: 7 } as const;

const TABLE_BYTES = 256;
/** Goals beyond so many counts are not even taken with many turns. */
const MOST_TURNS = 1_048_575;

/** What the motor is delivered with, by register (those of an XL330-M288); all else is 0. */
const DEFAULTS: Readonly<Record<string, number>> = {
  firmware: 52,
  id: 1,
  baudCode: 1,
  return_delay: 250,
  operating_mode: OPERATING_MODE.position,
  shadow_id: 255,
  moving_threshold: 10,
  max_temperature: 70,
  pwm_limit: 885,
  current_limit: 1750,
  velocity_limit: 445,
  max_position: 4095,
  shutdown: 0b110100,
  response_level: 2,
  velocity_i_gain: 1600,
  velocity_p_gain: 180,
  p_gain: 400,
};

/** What a register takes at most, where that is less than it can hold. */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  id: [0, HIGHEST_ID],
  baudCode: [0, BAUD_CODES.length - 1],
  return_delay: [0, 254],
  drive_mode: [0, 13],
  homing_offset: [-1_044_479, 1_044_479],
  moving_threshold: [0, 1023],
  max_temperature: [0, 100],
  max_voltage: [31, 160],
  min_voltage: [31, 160],
  pwm_limit: [0, 885],
  velocity_limit: [0, 2047],
  max_position: [0, 4095],
  min_position: [0, 4095],
  torque: [0, 1],
  led: [0, 1],
  response_level: [0, 2],
  velocity_i_gain: [0, 16_383],
  velocity_p_gain: [0, 16_383],
  d_gain: [0, 16_383],
  i_gain: [0, 16_383],
  p_gain: [0, 16_383],
  bus_watchdog: [0, 127],
  profile_acceleration: [0, 32_767],
  profile_velocity: [0, 32_767],
};

/** Goals that follow a limit in another register. */
const LIMITED_BY: Readonly<Record<string, string>> = {
  goal_pwm: 'pwm_limit',
  goal_current: 'current_limit',
  goal_velocity: 'velocity_limit',
};
const GOALS = new Set(['goal', ...Object.keys(LIMITED_BY)]);

/** The numbers of a motor, and the rules by which they are written. */
export class ControlTable {
  private readonly memory = new Uint8Array(TABLE_BYTES);
  private readonly defaults: Readonly<Record<string, number>>;
  private readonly names: ReadonlyMap<number, string>;

  constructor(
    private readonly model: ServoModel,
    /** What this motor comes with, where it differs. */
    own: Readonly<Record<string, number>>,
  ) {
    this.defaults = { ...DEFAULTS, ...own };
    this.names = new Map(
      Object.entries(model.registers).flatMap(([name, register]) =>
        places(register).map((place) => [place, name] as const),
      ),
    );
    this.deliver(() => false);
  }

  /** As delivered, but for the registers that are kept. */
  deliver(isKept: (name: string) => boolean): void {
    for (const name of Object.keys(this.model.registers)) {
      if (!isKept(name)) this.put(name, this.defaults[name] ?? 0);
    }
    this.put('model', this.model.number);
  }

  /** The supply failed: what is in RAM is as after switching on. */
  loseRam(): void {
    this.deliver((name) => this.model.registers[name]?.memory === 'eeprom');
  }

  /** 0 for a register that this model does not have. */
  get(name: string): number {
    const register = this.model.registers[name];
    return register ? decodeRegister(register, this.memory, this.model.byteOrder, register.address) : 0;
  }

  /** Without asking the rules; what a register cannot hold stays at its end. */
  put(name: string, value: number): void {
    const register = this.model.registers[name];
    if (!register) return;
    const [low, high] = registerRange(register);
    const held = Math.min(high, Math.max(low, value));
    this.memory.set(encodeRegister(register, held, this.model.byteOrder), register.address);
  }

  /** undefined outside of the table; places between registers are 0. */
  read(address: number, length: number): Uint8Array | undefined {
    return length > 0 && address + length <= TABLE_BYTES
      ? this.memory.slice(address, address + length)
      : undefined;
  }

  /** All of it or nothing: the error number, 0 when it is written. */
  write(address: number, data: Uint8Array): number {
    const end = address + data.length;
    for (let at = address; at < end; at += this.registerAt(at)?.size ?? 1) {
      const name = this.names.get(at);
      const register = this.registerAt(at);
      if (name === undefined || register === undefined) return ERROR.access;
      if (at !== register.address || at + register.size > end) return ERROR.length;
      const value = decodeRegister(register, data, this.model.byteOrder, at - address);
      const error = this.refusal(name, register, value);
      if (error !== 0) return error;
    }
    if (data.length === 0) return ERROR.length;
    this.memory.set(data, address);
    return 0;
  }

  private registerAt(place: number): Register | undefined {
    const name = this.names.get(place);
    return name === undefined ? undefined : this.model.registers[name];
  }

  private refusal(name: string, register: Register, value: number): number {
    if (register.access === 'read') return ERROR.access;
    if (register.memory === 'eeprom' && this.get('torque') === 1) return ERROR.access;
    const hasStopped = this.get('bus_watchdog') === WATCHDOG_STOPPED;
    if (hasStopped && (GOALS.has(name) || (name === 'bus_watchdog' && value !== 0))) return ERROR.access;
    if (name === 'operating_mode' && !Object.values<number>(OPERATING_MODE).includes(value))
      return ERROR.range;
    const [low, high] = RANGES[name] ?? registerRange(register);
    if (value < low || value > high) return ERROR.range;
    return this.isWithinLimits(name, value) ? 0 : ERROR.limit;
  }

  private isWithinLimits(name: string, value: number): boolean {
    const limit = LIMITED_BY[name];
    if (limit !== undefined) return Math.abs(value) <= this.get(limit);
    if (name !== 'goal') return true;
    return this.get('operating_mode') === OPERATING_MODE.position
      ? value >= this.get('min_position') && value <= this.get('max_position')
      : Math.abs(value) <= MOST_TURNS;
  }
}

function places({ address, size }: Register): number[] {
  return Array.from({ length: size }, (_, i) => address + i);
}
