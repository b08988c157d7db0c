import type { CalibrationAct, CalibrationProgress } from '../../shared/calibration';
import type { EpisodeEvent } from '../../shared/episode';
import type { ErrorShape } from '../../shared/errors';
import type { ChannelSignal, Excitation } from '../../shared/excitation';
import type { DeviceIdentity, PortListing } from '../../shared/ports';
import type { Rig } from '../../shared/rig';
import type { FoundMotor, MotorSearch, MotorSetUp } from '../../shared/servos';
import type { LinkState } from '../../shared/telemetry';
import type { DriverInfo } from '../rig/driver';
import type { CompiledWorkspace } from './limits/workspace';

/**
 * Messages between the core and a rig process. The rig process holds the port, the loop, the guard and the
 * watchdog; the core decides (plans, rewards, when an episode ends) and records. When the core's port closes,
 * the rig process brings the rig to hold by itself and ends.
 *
 * A message with a `request` number is answered by one `answer` with the same number.
 */
export type ControllerSpec =
  /** Nothing commanded: observations only. */
  | { kind: 'idle' }
  /** A constant action from the person at the screen; expires after `seconds` unless sent again. Real time only. */
  | Jog
  /**
   * Random excitation: a new uniform action every `holdSteps` steps; `amplitude` 1 uses the whole range between
   * the limits, smaller ones that share of it around the middle. `amplitudes` has one for every action channel instead.
   */
  | { kind: 'random'; seed: number; holdSteps: number; amplitude: number; amplitudes?: number[] }
  /** Another excitation, with what each action channel has of it, in the rig's order. */
  | { kind: 'excite'; excitation: Exclude<Excitation, { method: 'uniform' }>; channels: ChannelSignal[] }
  /** Actions that are known beforehand, one a step; the hold action after them. */
  | { kind: 'replay'; actions: number[][] }
  /**
   * Actions come from the core, as plans. Before `firstPlannedStep`, the first step that a plan can be there for (1 in
   * real time and 0 in lockstep when left out), the hold action is what is meant, not a miss.
   */
  | { kind: 'planned'; missedPlansToHold: number; firstPlannedStep?: number };

export interface Jog {
  kind: 'jog';
  action: number[];
  seconds: number;
  /**
   * Commands that follow each other, of a hand or a leader arm: where none comes any more, the rig holds where it is, and no way leads it
   * back to its hold action, which may be far from there.
   */
  thenHold?: boolean;
  /** Only within an episode: one that comes after its end moves nothing. */
  inEpisode?: boolean;
  /** [actions] what the rig stands at, where nothing was commanded before: rates count from there. */
  from?: number[];
}

export interface OpenRequest {
  rig: Rig;
  mode: 'realtime' | 'lockstep';
  /** Overrides rig.json's serial port. "simulated" starts a simulated firmware and connects to that. */
  port?: string;
  seed: number;
  /** The device that the rig was connected to last; null or left out where there is none. */
  known?: DeviceIdentity | null;
  /** What is needed to keep the rig's workspace, without which a rig that has one is not opened. */
  workspace?: CompiledWorkspace;
  /** It stays on hold once it is open, for this reason, a sentence. */
  onHold?: string | undefined;
  /** The workspace, in which calibrations are kept. */
  dataFolder?: string | undefined;
}

export interface BeginRequest {
  episode: number;
  controller: ControllerSpec;
  resetSeed: number;
  /** The rig process ends the episode by itself after this many transitions: that row is the last one. */
  maxSteps?: number;
  /** [actions] what the rig stands at: the episode begins there, without a reset. */
  stay?: number[];
}

export interface PlanMessage {
  type: 'plan';
  episode: number;
  /** Grows from plan to plan. */
  planId: number;
  /** `actions[i]` is for step `firstStep + i`. */
  firstStep: number;
  actions: number[][];
  /** What planning took, wall time. */
  planMs: number;
  /**
   * For how many steps from `firstStep` on no newer plan is expected: 1 (the default) for MPC that replans at
   * every step, `actions.length` for an open-loop plan. A step beyond them counts as a missed plan.
   */
  goodForSteps?: number;
}

export type ToRig =
  /** Answered by `opened` or `failed`; a rig process that already has this rig open says `opened` again. */
  | ({ type: 'open' } & OpenRequest)
  /** Reset, then the episode begins at step 0 with `controller`. Answered when the rig stands at its start. */
  | ({ type: 'begin'; request: number } & BeginRequest)
  /**
   * The episode ends. Lockstep: with the row that is awaited. Real time: with the row of the next tick, because
   * the action of the newest row is already being executed.
   */
  | { type: 'end'; episode: number }
  /** Change of controller outside episodes (idle, jog). */
  | { type: 'controller'; controller: ControllerSpec }
  /** In lockstep the loop goes on when a plan whose first step is the awaited one arrives *while* it is awaited. */
  | PlanMessage
  /** Lockstep: go on with what is there (random excitation, an earlier plan). */
  | { type: 'next'; episode: number }
  /** The dead-man key: whether it is wanted from now on, and whether it is held; that counts for 150 ms. */
  | { type: 'dead-man'; wanted?: boolean; held?: boolean }
  /** Stops moving, torque stays on; an episode ends. Answered when the device has confirmed, or refused. */
  | { type: 'hold'; request?: number /** A sentence, for the log. */; why?: string }
  /** Torque off; an episode ends. */
  | { type: 'release'; request?: number }
  /**
   * Leaves hold, release or stop; refused when one has come since `seen`, the `halts` of the newest state that whoever
   * asks has been told: ways to a rig process differ, and a resume may overtake or be overtaken.
   */
  | { type: 'resume'; request?: number; seen?: number }
  /** Emergency stop: hold now, refuse everything until `resume`. May come on its own port, ahead of the core. */
  | { type: 'stop'; by: string; request?: number }
  /** The serial ports of this machine. Possible without a rig open. */
  | { type: 'list-ports'; request: number }
  /** Which firmware answers on a port. Possible without a rig open. */
  | { type: 'probe'; request: number; path: string; baudRate?: number }
  /** Which motors are on the line behind a port. Possible without a rig open. */
  | { type: 'scan-motors'; request: number; path: string; search: MotorSearch }
  /** Gives the one motor behind a port another number or baud rate. Possible without a rig open. */
  | { type: 'set-up-motor'; request: number; path: string; setUp: MotorSetUp }
  /** A step of a calibration of the open rig. Answered when it is done, or refused. */
  | { type: 'calibrate'; request: number; act: CalibrationAct }
  /** Hold, close the port, end the process. */
  | { type: 'close' };

export interface TickMessage {
  type: 'tick';
  episode: number;
  step: number;
  observation: number[];
  /** Executed from this observation, after the guard; NaN on the last row. */
  action: number[];
  requested: number[];
  /** When the observation came, seconds since the episode's first one: host's monotonic clock, device's clock. */
  hostSeconds: number;
  deviceSeconds: number;
  /** How late this tick was against its absolute schedule; 0 in lockstep. */
  latenessSeconds: number;
  /** Which plan the action came from, -1 for none; and how far into it. */
  planId: number;
  planOffset: number;
  /** NaN without a plan. */
  planMs: number;
  missed: boolean;
  events: EpisodeEvent[];
  /** Last row of the episode. */
  last: boolean;
  /** Joint positions at the observation, MJCF order, of a simulated rig with cameras. */
  pose?: number[];
}

export interface EndedMessage {
  type: 'ended';
  episode: number;
  /** `held`: by a person, by too many missed plans, by a release. `fault`: there is no last row. */
  reason: 'asked' | 'stopped' | 'held' | 'fault';
  /** The reason as a sentence. */
  message: string;
  /** Rows sent, the last one (where there is one) included. */
  rows: number;
  /** What happened after the last row that was sent. */
  events: EpisodeEvent[];
  error?: ErrorShape;
}

export interface AwaitingMessage {
  type: 'awaiting';
  episode: number;
  step: number;
  observation: number[];
  /** As in TickMessage. */
  pose?: number[];
}

export interface LiveMessage {
  type: 'live';
  observation: number[];
  deviceSeconds: number;
  /** Action values: commanded in a jog, else what the device said last that it applies, NaN when it has not said. */
  applied: number[];
  /** What the guard has changed of a jog since the message before. */
  events?: EpisodeEvent[];
  /** As in TickMessage. */
  pose?: number[];
}

export interface OpenedMessage {
  type: 'opened';
  info: DriverInfo;
  /** `name` of the rig file. */
  rig: string;
  mode: 'realtime' | 'lockstep';
  /** How the rig is, with the device's own word. */
  state: LinkState;
  /** As in a state message. */
  halts: number;
}

export interface StateMessage {
  type: 'state';
  state: LinkState;
  /** Holds, releases and stops so far. */
  halts: number;
}

export interface AnswerMessage {
  type: 'answer';
  request: number;
  error: ErrorShape | null;
  /** After hold, release, resume, stop, begin: the state by then, with the device's read-back. */
  state?: LinkState;
  /** With a state: as in a state message. */
  halts?: number;
  /** After list-ports: all of them; after probe: the one. */
  ports?: PortListing[];
  /** After scan-motors: all of them; after set-up-motor: the one, as it is then. */
  motors?: FoundMotor[];
}

export type FromRig =
  | OpenedMessage
  | { type: 'failed'; error: ErrorShape }
  /** Lockstep: the observation at `step` is there, the action is awaited (a plan, or `next`, or `end`). */
  | AwaitingMessage
  | TickMessage
  | EndedMessage
  /** Outside episodes: newest observation, about 30 times a second (idle, jog); in lockstep after every change. */
  | LiveMessage
  /** On every change, and twice a second. */
  | StateMessage
  /** On every change of a calibration, and while joints are moved by hand about 15 times a second. */
  | { type: 'calibrating'; progress: CalibrationProgress }
  | AnswerMessage;
