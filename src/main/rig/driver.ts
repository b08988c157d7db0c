import type { Disposable } from '../../shared/disposable';
import type { ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';

/** Named channels in rig order, SI units, with both timestamps. */
export interface Observation {
  values: Float64Array;
  /** Device clock, seconds, unwrapped. */
  deviceSeconds: number;
  /** Host monotonic clock (performance.now() / 1000) at which it arrived. */
  hostSeconds: number;
}

export interface DriverInfo {
  /** Firmware or simulator name, and its version. */
  name: string;
  version: string;
  /** How it is attached: "/dev/ttyACM0", "/dev/pts/3 (simulated firmware)", "MuJoCo 3.14, in lockstep". */
  link: string;
}

/** What the device itself says about its motors after a safety command; never what was sent. */
export interface Readback {
  /** Torque on: the motors hold; off: released. */
  torque: boolean;
  /** The device refuses commands until it is resumed. */
  halted: boolean;
  /** Action values the device reports as being applied, rig order. */
  applied: Float64Array;
}

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
  /** Newest observation, or undefined before the first one. */
  latest(): Observation | undefined;
  /** Every observation in order of arrival (real time). */
  onObservation(listener: (observation: Observation) => void): Disposable;
  /** Link trouble; code rig-gone means that the driver is finished, others that it goes on. */
  onFault(listener: (error: ForesightError) => void): Disposable;
  /** Applies `values` [actions] now. The device stops by itself when no further command comes within `ttlSeconds`. */
  act(values: Float64Array, ttlSeconds: number): void;
  /** Lockstep only: applies `values` for one control period and returns the observation after it. */
  advance?(values: Float64Array): Observation;
  /** To the rig's start (a simulated plant draws from its start distribution with `seed`); resolves when there. */
  reset(seed: number): Promise<Observation>;
  /** Stops moving, torque stays on. Resolves with what the device reads back. */
  hold(): Promise<Readback>;
  /** Torque off. Resolves with what the device reads back. */
  release(): Promise<Readback>;
  /** Leaves hold or release: commands are obeyed again. */
  resume(): Promise<Readback>;
  /** Counters of the link, for the Rig room: frames received, bad CRC, lost sequence numbers, and so on. */
  counters(): Record<string, number>;
  close(): Promise<void>;
}

export interface OpenOptions {
  mode: 'realtime' | 'lockstep';
  /** Overrides rig.json's serial port. "simulated" starts a simulated firmware process and connects to that. */
  port?: string;
  seed: number;
}
