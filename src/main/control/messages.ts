import type { ErrorShape } from '../../shared/errors';
import type { EpisodeEvent } from '../../shared/episode';
import type { Rig } from '../../shared/rig';
import type { LinkState } from '../../shared/telemetry';

/**
 * Messages between the core and a rig process. The rig process holds the port, the loop, the guard and the
 * watchdog; the core decides (plans, rewards, when an episode ends) and records. When the core's port closes,
 * the rig process brings the rig to hold by itself and ends.
 */
export type ControllerSpec =
  /** Nothing commanded: observations only. */
  | { kind: 'idle' }
  /** A constant action from the person at the screen; expires after `seconds` unless sent again. */
  | { kind: 'jog'; action: number[]; seconds: number }
  /** Random excitation: a new uniform action within the limits every `holdSteps` steps. */
  | { kind: 'random'; seed: number; holdSteps: number; amplitude: number }
  /** Actions come from the core, as plans. */
  | { kind: 'planned'; missedPlansToHold: number };

export type ToRig =
  | { type: 'open'; rig: Rig; mode: 'realtime' | 'lockstep'; port?: string; seed: number }
  /** Reset, then episode `episode` begins at step 0 with `controller`. */
  | { type: 'begin'; episode: number; controller: ControllerSpec; resetSeed: number }
  /** The episode ends after the row in hand; the rig goes to its hold action. */
  | { type: 'end'; episode: number }
  /** Change of controller outside episodes (idle, jog). */
  | { type: 'controller'; controller: ControllerSpec }
  /**
   * A plan: `actions[i]` is for step `firstStep + i`. In lockstep the loop waits for the plan of its step.
   * `planMs` is what it took.
   */
  | { type: 'plan'; episode: number; planId: number; firstStep: number; actions: number[][]; planMs: number }
  /** Lockstep without plans: go on to the next step (random excitation paces itself on this). */
  | { type: 'next'; episode: number }
  | { type: 'hold' }
  | { type: 'release' }
  | { type: 'resume' }
  /** Emergency stop: hold now, refuse everything until `resume`. May come on its own port, ahead of the core. */
  | { type: 'stop'; by: string }
  | { type: 'close' };

export interface TickMessage {
  type: 'tick';
  episode: number;
  step: number;
  observation: number[];
  /** Executed from this observation, after the guard; NaN on the last row, and in lockstep before it is known. */
  action: number[];
  requested: number[];
  /** Seconds since the episode began: host's monotonic clock, device's clock. */
  hostSeconds: number;
  deviceSeconds: number;
  latenessSeconds: number;
  /** Which plan the action came from, -1 for none; and how far into it. */
  planId: number;
  planOffset: number;
  planMs: number;
  missed: boolean;
  events: EpisodeEvent[];
  /** Last row of the episode. */
  last: boolean;
}

export type FromRig =
  | { type: 'opened'; info: { name: string; version: string; link: string } }
  | { type: 'failed'; error: ErrorShape }
  /** Lockstep: the observation at `step` is there, the action is awaited (a plan, or `next`, or `end`). */
  | { type: 'awaiting'; episode: number; step: number; observation: number[] }
  | TickMessage
  /** The episode is over; why. */
  | { type: 'ended'; episode: number; reason: 'asked' | 'stopped' | 'held' | 'fault'; error?: ErrorShape }
  /** Outside episodes: newest observation, about 30 times a second (idle, jog). */
  | { type: 'live'; observation: number[]; deviceSeconds: number; applied: number[] }
  /** On every change, and twice a second. */
  | { type: 'state'; state: LinkState };
