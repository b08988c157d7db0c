import type { Register, ServoModel } from '../servo-bus/protocol';

type Row = readonly [address: number, size: Register['size'], sign?: 'signed'];

const register =
  (memory: Register['memory'], access: Register['access']) =>
  ([address, size, sign]: Row): Register => ({
    address,
    size,
    memory,
    access,
    sign: sign === undefined ? 'unsigned' : 'twos-complement',
  });
const fixed = register('eeprom', 'read');
/** Written only while torque is off. */
const kept = register('eeprom', 'write');
const set = register('ram', 'write');
const measured = register('ram', 'read');

/** Every motor of the X series has these at the same places (ROBOTIS e-Manual, control tables). Names as in rig.json. */
const COMMON = {
  model: fixed([0, 2]),
  firmware: fixed([6, 1]),
  id: kept([7, 1]),
  baudCode: kept([8, 1]),
  /** 2 µs a count. */
  return_delay: kept([9, 1]),
  /** Bit 0: turns the other way round. Bit 2: profiles are times. */
  drive_mode: kept([10, 1]),
  operating_mode: kept([11, 1]),
  /** Writes to this number are obeyed as well, and not answered; above 252 there is none. */
  shadow_id: kept([12, 1]),
  /** Present position = encoder + this. */
  homing_offset: kept([20, 4, 'signed']),
  /** 0.229 rev/min a count. */
  moving_threshold: kept([24, 4]),
  max_temperature: kept([31, 1]),
  /** 0.1 V a count. */
  max_voltage: kept([32, 2]),
  min_voltage: kept([34, 2]),
  pwm_limit: kept([36, 2]),
  velocity_limit: kept([44, 4]),
  max_position: kept([48, 4]),
  min_position: kept([52, 4]),
  /** Hardware errors, by bit, at which torque goes off. */
  shutdown: kept([63, 1]),
  torque: set([64, 1]),
  led: set([65, 1]),
  /** 0: only pings are answered, 1: reads as well, 2: everything. */
  response_level: set([68, 1]),
  registered: measured([69, 1]),
  hardware_error: measured([70, 1]),
  velocity_i_gain: set([76, 2]),
  velocity_p_gain: set([78, 2]),
  d_gain: set([80, 2]),
  i_gain: set([82, 2]),
  p_gain: set([84, 2]),
  feedforward_2nd_gain: set([88, 2]),
  feedforward_1st_gain: set([90, 2]),
  bus_watchdog: set([98, 1, 'signed']),
  goal_pwm: set([100, 2, 'signed']),
  goal_velocity: set([104, 4, 'signed']),
  profile_acceleration: set([108, 4]),
  profile_velocity: set([112, 4]),
  goal: set([116, 4, 'signed']),
  realtime_tick: measured([120, 2]),
  moving: measured([122, 1]),
  moving_status: measured([123, 1]),
  pwm: measured([124, 2, 'signed']),
  velocity: measured([128, 4, 'signed']),
  position: measured([132, 4, 'signed']),
  velocity_trajectory: measured([136, 4, 'signed']),
  position_trajectory: measured([140, 4, 'signed']),
  voltage: measured([144, 2]),
  temperature: measured([146, 1]),
} satisfies Record<string, Register>;

const CURRENT = {
  current_limit: kept([38, 2]),
  goal_current: set([102, 2, 'signed']),
  current: measured([126, 2, 'signed']),
};
const LOAD = { load: measured([126, 2, 'signed']) };

/** Codes of the baud rate register are places in this list. */
export const BAUD_CODES: readonly number[] = [
  9_600, 57_600, 115_200, 1_000_000, 2_000_000, 3_000_000, 4_000_000, 4_500_000,
];

export const OPERATING_MODE = {
  current: 0,
  velocity: 1,
  position: 3,
  /** 256 turns either way. */
  extendedPosition: 4,
  currentBasedPosition: 5,
  pwm: 16,
} as const;

/** What the bus watchdog reads after it has stopped the motor: until 0 is written to it, no goal is taken. */
export const WATCHDOG_STOPPED = -1;

/** By the bit of the hardware error register 70, and of the shutdown register 63. */
export const HARDWARE_ERROR = {
  inputVoltage: 0,
  overheating: 2,
  encoder: 3,
  electricalShock: 4,
  overload: 5,
} as const;

/** As behind "the motor reports", with what to do. */
const HARDWARE_ERRORS: readonly (readonly [bit: number, words: string])[] = [
  [
    HARDWARE_ERROR.inputVoltage,
    'its supply voltage is outside its limits: check the power supply and its cables',
  ],
  [HARDWARE_ERROR.overheating, 'it is too hot: let it cool down, and give it less to carry'],
  [HARDWARE_ERROR.encoder, 'its position sensor or motor fails: it needs repair'],
  [
    HARDWARE_ERROR.electricalShock,
    'an electrical shock, or too little power to turn: check the power supply and its cables',
  ],
  [HARDWARE_ERROR.overload, 'overload: it is blocked or carries too much; free it, then reboot it'],
];

export function hardwareErrorWords(bits: number): string[] {
  const known = HARDWARE_ERRORS.flatMap(([bit, words]) => (bits & (1 << bit) ? [words] : []));
  const others = HARDWARE_ERRORS.reduce((rest, [bit]) => rest & ~(1 << bit), bits);
  return others === 0
    ? known
    : [...known, `something that no manual explains (bits 0x${others.toString(16)})`];
}

const COUNTS_PER_TURN = 4096;
/** Counts of position a second in a count of velocity, 0.229 rev/min. */
const VELOCITY = (0.229 / 60) * COUNTS_PER_TURN;

/** `amperes` of a count of current; those that do not measure it tell their load. */
function model(name: string, number: number, amperes?: number) {
  const effort =
    amperes === undefined
      ? { load: { register: LOAD.load, perCount: 0.1 } }
      : { current: { register: CURRENT.current, perCount: amperes } };
  return {
    name,
    number,
    byteOrder: 'little',
    countsPerTurn: COUNTS_PER_TURN,
    registers: { ...COMMON, ...(amperes === undefined ? LOAD : CURRENT) },
    modes: {
      register: COMMON.operating_mode,
      position: [
        OPERATING_MODE.position,
        OPERATING_MODE.extendedPosition,
        OPERATING_MODE.currentBasedPosition,
      ],
      bounded: OPERATING_MODE.position,
      low: COMMON.min_position,
      high: COMMON.max_position,
    },
    // In position control no offset beyond a quarter of a turn is obeyed (ROBOTIS e-Manual, homing offset).
    calibration: {
      offset: { register: COMMON.homing_offset, sign: 1, boundedReach: 1024 },
      low: COMMON.min_position,
      high: COMMON.max_position,
    },
    alert: { bits: 0x80, register: COMMON.hardware_error, problems: hardwareErrorWords },
    watchdog: { register: COMMON.bus_watchdog, secondsPerCount: 0.02 },
    // Current or load, velocity, position, both trajectories, voltage, temperature.
    feedback: {
      address: 126,
      length: 21,
      quantities: {
        position: { register: COMMON.position, perCount: 1 },
        velocity: { register: COMMON.velocity, perCount: VELOCITY },
        ...effort,
        voltage: { register: COMMON.voltage, perCount: 0.1 },
        temperature: { register: COMMON.temperature, perCount: 1 },
      },
    },
  } satisfies ServoModel;
}

/** The motors that are known, by name. */
export const DYNAMIXEL_MODELS: readonly ServoModel[] = [
  model('XL330-M077', 1190, 0.001),
  model('XL330-M288', 1200, 0.001),
  model('XC330-T181', 1210, 0.001),
  model('XC330-T288', 1220, 0.001),
  model('XC330-M181', 1230, 0.001),
  model('XC330-M288', 1240, 0.001),
  model('XL430-W250', 1060),
  model('XC430-W150', 1070),
  model('XC430-W240', 1080),
  model('XM430-W350', 1020, 0.00269),
  model('XM430-W210', 1030, 0.00269),
  model('XM540-W270', 1120, 0.00269),
  model('XM540-W150', 1130, 0.00269),
];
