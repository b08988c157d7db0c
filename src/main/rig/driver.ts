import type { CalibrationAct, CalibrationInForce, CalibrationProgress } from '../../shared/calibration';
import type { Disposable } from '../../shared/disposable';
import type { ForesightError } from '../../shared/errors';
import type { DeviceIdentity } from '../../shared/ports';
import type { Rig } from '../../shared/rig';
import type { LineState } from '../../shared/telemetry';

/** Named channels in rig order, SI units, with both timestamps. */
export interface Observation {
  values: Float64Array;
  /** Device clock, seconds, unwrapped. */
  deviceSeconds: number;
  /** Host monotonic clock (performance.now() / 1000) at which it arrived. */
  hostSeconds: number;
  /** It was on its way by at least so much longer than the quickest frame of late, seconds; left out where nothing travels. */
  delaySeconds?: number;
  /** Joint positions, MJCF order, of a simulated rig with cameras: what they see is computed from it elsewhere. */
  pose?: Float64Array;
}

export interface DriverInfo {
  /** Firmware or simulator name, and its version. */
  name: string;
  version: string;
  /** How it is attached: "/dev/ttyACM0", "/dev/pts/3 (simulated firmware)", "MuJoCo 3.14, in lockstep". */
  link: string;
  /** Of a robot behind a rosbridge server: where that is. */
  address?: string;
  /** Of a device on a cable: which one it is. */
  device?: DeviceIdentity | null;
  /** What whoever connects should know of it, a sentence. */
  remark?: string | null;
  /** Motors, by how a sentence names them, that exerted torque and those that did not, before they were brought to hold. */
  torqueFound?: { on: string[]; off: string[] };
  /** What of a calibration is in force; left out where there is nothing to calibrate. */
  calibration?: CalibrationInForce;
}

/** The calibration of a rig's motors, as its driver does it. */
export interface DriverCalibration {
  /** Rejects with what speaks against it. */
  act(act: CalibrationAct): Promise<void>;
  onProgress(listener: (progress: CalibrationProgress) => void): Disposable;
}

/** Of simulated motors: moves their joints as a person's hand would, while they exert no torque. */
export interface SimulatedHand {
  ask(does: 'sweep' | 'home' | 'nothing'): void;
  /** "shoulder_pan", or null when it does nothing. */
  readonly doing: string | null;
}

/** What the device itself says about its motors after a safety command; never what was sent. */
export interface Readback {
  /** Torque on: the motors hold; off: released. */
  torque: boolean;
  /** The device refuses commands until it is resumed. */
  halted: boolean;
  /** Action values the device reports as being applied, rig order. */
  applied: Float64Array;
  /**
   * Why what stands above is what was asked for and not what was read: the device has no way to say it. The end of a
   * sentence. Left out where it was read.
   */
  unconfirmed?: string;
}

/** What a motor on a servo bus says of itself, SI units and °C; NaN where it does not. */
export interface MotorReading extends MotorWord {
  /** As in rig.json. */
  name: string;
  id: number;
  position: number;
  velocity: number;
  current: number;
  voltage: number;
  temperature: number;
}

/** A motor's own word on its torque, and on the newest hold or release. */
export interface MotorWord {
  torque: boolean | null;
  /** rad */
  goal: number;
  /** ms until its answer confirmed it; NaN while it has not. */
  confirmedMs: number;
  /** What its answer says against that. */
  doubt: string | null;
}

/**
 * What the plant itself clips a command to, [actions] in the channel's unit; undefined where it takes all that the rig
 * file allows, or does not say.
 */
export type PlantLimits = readonly (readonly [low: number, high: number] | undefined)[];

/**
 * A rig as the control loop sees it. Methods reject with ForesightError codes rig-silent, rig-gone, rig-refused.
 *
 * Two kinds of time: a *real-time* driver streams observations by itself; a *lockstep* driver stands still
 * until `advance` is called.
 */
export interface Driver {
  readonly rig: Rig;
  readonly info: DriverInfo;
  readonly mode: 'realtime' | 'lockstep';
  readonly plantLimits: PlantLimits;
  /** Newest observation, or undefined before the first one. */
  latest(): Observation | undefined;
  /** Every observation in order of arrival (real time). */
  onObservation(listener: (observation: Observation) => void): Disposable;
  /**
   * Trouble. With code rig-gone the driver is finished; with `endsMotion` what the rig does cannot be relied on any more
   * and it must be brought to hold; with other codes it goes on.
   */
  onFault(listener: (error: ForesightError) => void): Disposable;
  /** [actions] where the joints are told to be now, NaN for an action without a goal of position; left out where the device keeps none. */
  jointGoals?(): Float64Array;
  /** The newest that motors on a servo bus have said, in their order on the line. */
  motorReadings?(): readonly MotorReading[];
  /** Applies `values` [actions] now. The device stops by itself when no further command comes within `ttlSeconds`. */
  act(values: Float64Array, ttlSeconds: number): void;
  /** Lockstep only: applies `values` for one control period and returns the observation after it. */
  advance?(values: Float64Array): Observation;
  /** To the rig's start (a simulated plant draws from its start distribution with `seed`); resolves when there. */
  reset(seed: number): Promise<Observation>;
  /**
   * Stops moving, torque stays on. Resolves with what the device answers, also when that is that it has *not* stopped:
   * whoever asks looks, and asks again. No command leaves from the call on until `resume` is answered.
   */
  hold(): Promise<Readback>;
  /** Torque off; answers as `hold` does. */
  release(): Promise<Readback>;
  /** Leaves hold or release: commands are obeyed again. A device that was just connected to is on hold until then. */
  resume(): Promise<Readback>;
  /** How the device is now, without changing anything. */
  status(): Promise<Readback>;
  /** Counters of the link, for the Rig room: frames received, bad CRC, lost sequence numbers, and so on. */
  counters(): Record<string, number>;
  /** Of a line on which answers are waited for: how long they take. */
  line?(): LineState;
  /** Left out where there is nothing to calibrate. */
  readonly calibration?: DriverCalibration;
  close(): Promise<void>;
}

export interface OpenOptions {
  mode: 'realtime' | 'lockstep';
  /** Overrides rig.json's serial port. "simulated" starts a simulated firmware process and connects to that. */
  port?: string;
  seed: number;
  /** The device that the rig was connected to last. */
  known?: DeviceIdentity | null;
  /** The workspace: calibrations are there, and what simulated motors remember. Nothing is kept when left out. */
  dataFolder?: string | undefined;
}

/** Codes of faults after which the rig must not go on moving: the device declines, or what it measures is unusable. */
export function endsMotion(fault: ForesightError): boolean {
  return fault.code === 'rig-refused' || fault.code === 'bad-data';
}
