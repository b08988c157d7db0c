import type { Register, ServoModel } from '../servo-bus/protocol';
import { conditionWords } from './protocol';

type Row = [address: number, size: 1 | 2, signBit?: number];

const register =
  (memory: Register['memory'], access: Register['access']) =>
  ([address, size, signBit]: Row): Register => ({
    address,
    size,
    memory,
    access,
    sign: signBit === undefined ? 'unsigned' : { bit: signBit },
  });
const fixed = register('eeprom', 'read');
const kept = register('eeprom', 'write');
const set = register('ram', 'write');
const measured = register('ram', 'read');

/**
 * Every Feetech motor has these at the same places (control tables of the STS, SMS and SCS series; LeRobot, motors/feetech/tables.py).
 * Names as in rig.json.
 */
const COMMON = {
  firmware_major: fixed([0, 1]),
  firmware_minor: fixed([1, 1]),
  model: fixed([3, 2]),
  id: kept([5, 1]),
  baudCode: kept([6, 1]),
  /** 2 µs a count. */
  return_delay: kept([7, 1]),
  /** 0: only ping and read are answered. */
  response_level: kept([8, 1]),
  min_position: kept([9, 2]),
  max_position: kept([11, 2]),
  max_temperature: kept([13, 1]),
  max_voltage: kept([14, 1]),
  min_voltage: kept([15, 1]),
  max_torque: kept([16, 2]),
  phase: kept([18, 1]),
  unloading_condition: kept([19, 1]),
  led_alarm: kept([20, 1]),
  p_gain: kept([21, 1]),
  d_gain: kept([22, 1]),
  i_gain: kept([23, 1]),
  min_startup_force: kept([24, 2]),
  cw_dead_zone: kept([26, 1]),
  ccw_dead_zone: kept([27, 1]),
  torque: set([40, 1]),
  goal: set([42, 2, 15]),
  goal_time: set([44, 2]),
  goal_velocity: set([46, 2, 15]),
} satisfies Record<string, Register>;

const MEASURED = {
  position: measured([56, 2, 15]),
  velocity: measured([58, 2, 15]),
  load: measured([60, 2, 10]),
  voltage: measured([62, 1]),
  temperature: measured([63, 1]),
  condition: measured([65, 1]),
  moving: measured([66, 1]),
};

/** Baud rates by their code (FT-SCS memory table). Some programs say 57600, 38400 and 19200 for the last three. */
export const BAUD_CODES: readonly number[] = [
  1_000_000, 500_000, 250_000, 128_000, 115_200, 76_800, 57_600, 38_400,
];

/** 0.1 % a count. */
const LOAD = { register: MEASURED.load, perCount: 0.1 };
const VOLTAGE = { register: MEASURED.voltage, perCount: 0.1 };
const TEMPERATURE = { register: MEASURED.temperature, perCount: 1 };
const CONDITION = { register: MEASURED.condition, problems: conditionWords };

/** STS3215: the motor of SO-100 and SO-101 arms. 4096 counts a turn, low byte first. */
export const STS3215 = {
  name: 'STS3215',
  number: 777,
  byteOrder: 'little',
  countsPerTurn: 4096,
  registers: {
    ...COMMON,
    protection_current: kept([28, 2]),
    angular_resolution: kept([30, 1]),
    /** Present position = encoder − this. */
    homing_offset: kept([31, 2, 11]),
    /** 0 position, 1 velocity, 2 PWM, 3 steps. */
    operating_mode: kept([33, 1]),
    protective_torque: kept([34, 1]),
    protection_time: kept([35, 1]),
    overload_torque: kept([36, 1]),
    acceleration: set([41, 1]),
    torque_limit: set([48, 2]),
    lock: set([55, 1]),
    ...MEASURED,
    current: measured([69, 2, 15]),
  },
  coarseVelocity: { register: COMMON.phase, bit: 2, perCount: 50 },
  calibration: {
    offset: { register: kept([31, 2, 11]), sign: -1 },
    low: COMMON.min_position,
    high: COMMON.max_position,
  },
  feedback: {
    address: 56,
    length: 15,
    quantities: {
      position: { register: MEASURED.position, perCount: 1 },
      velocity: { register: MEASURED.velocity, perCount: 1 },
      load: LOAD,
      voltage: VOLTAGE,
      temperature: TEMPERATURE,
      // What sellers quote; nobody has published a measurement.
      current: { register: measured([69, 2, 15]), perCount: 0.0065 },
    },
    condition: CONDITION,
  },
} satisfies ServoModel;

/** The stronger one, with the same registers. */
export const STS3250 = { ...STS3215, name: 'STS3250', number: 2825 } satisfies ServoModel;

/** SCS0009: 1024 counts over 300°, high byte first, no homing offset, another lock, no current. */
export const SCS0009 = {
  name: 'SCS0009',
  number: 1284,
  byteOrder: 'big',
  countsPerTurn: (1024 * 360) / 300,
  registers: {
    ...COMMON,
    protective_torque: kept([37, 1]),
    protection_time: kept([38, 1]),
    lock: set([48, 1]),
    ...MEASURED,
  },
  calibration: { low: COMMON.min_position, high: COMMON.max_position },
  feedback: {
    address: 56,
    length: 11,
    quantities: {
      position: { register: MEASURED.position, perCount: 1 },
      velocity: { register: MEASURED.velocity, perCount: 1 },
      load: LOAD,
      voltage: VOLTAGE,
      temperature: TEMPERATURE,
    },
    condition: CONDITION,
  },
} satisfies ServoModel;

/**
 * What the homing offset of a motor has to be for the place where its encoder reads `encoder` to be called `wanted`. The register holds less
 * than half a turn either way: offsets that differ by a turn are the same, and what is wound up beyond is unwound here, instead
 * of being refused by the register.
 */
export function homingOffset(encoder: number, wanted: number, { countsPerTurn } = STS3215): number {
  const turned = (((encoder - wanted) % countsPerTurn) + countsPerTurn) % countsPerTurn;
  if (turned < countsPerTurn / 2) return turned;
  // Exactly half a turn cannot be written: a count less is 0.09°.
  return Math.max(turned - countsPerTurn, 1 - countsPerTurn / 2);
}
