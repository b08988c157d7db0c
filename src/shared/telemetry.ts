import { z } from 'zod';
import { CalibrationInForce, CalibrationProgress } from './calibration';
import { EpisodeEvent } from './episode';
import { ErrorShape } from './errors';
import { Reading } from './known';
import { PILOTS, PlanInsight, PropagationOptions } from './plan';
import { PolicyProgress } from './policy';
import { DeviceIdentity } from './ports';
import { PluggedIn, PoseCheck } from './pose-check';
import { MotorState, RigHealth } from './safety/health';

/** How long it took from a question to its answer, of the newest answers. */
const RoundTrip = z.object({ p50Ms: z.number(), maxMs: z.number(), answers: z.number() });
export type RoundTrip = z.infer<typeof RoundTrip>;

export const LineState = z.object({
  roundTrip: RoundTrip.nullable(),
  /** How long the adapter keeps bytes, as read back, a sentence; null where there is none. */
  adapter: z.string().nullable(),
});
export type LineState = z.infer<typeof LineState>;

/** What the rig process says about the rig; the read-back is the device's own word. */
export const LinkState = z.object({
  phase: z.enum(['closed', 'opening', 'ready', 'running', 'held', 'released', 'stopped', 'lost']),
  /** Why, as a sentence: "Held: 10 plans in a row came late." */
  reason: z.string(),
  /** Read back from the device after the last safety command; null when it has not answered yet. */
  readback: z.object({ torque: z.boolean(), halted: z.boolean(), applied: z.array(Reading) }).nullable(),
  info: z
    .object({
      ...{ name: z.string(), version: z.string(), link: z.string() },
      /** Which device it is, where it hangs on a cable. */
      device: DeviceIdentity.nullish(),
      calibration: CalibrationInForce.optional(),
    })
    .nullable(),
  counters: z.record(z.string(), z.number()),
  /** Of motors on a line; null or left out where nothing is asked and answered. */
  line: LineState.nullish(),
  error: ErrorShape.nullable(),
  /** Tick lateness over the last 500 ticks, ms. */
  jitter: z.object({ p50: z.number(), p99: z.number(), max: z.number(), ticks: z.number() }).nullable(),
  /** Of a servo bus, in their order on the line. */
  motors: z.array(MotorState).optional(),
  /** Left out while no rig is open. */
  health: RigHealth.optional(),
});
export type LinkState = z.infer<typeof LinkState>;

export const RigStatus = z.object({
  connected: z.boolean(),
  rig: z.string().nullable(),
  mode: z.enum(['realtime', 'lockstep']).nullable(),
  link: LinkState,
  /** After the rig was lost: its device, once it is plugged in again. */
  back: PluggedIn.nullish(),
  /** The rig has come back and stays on hold until a person has confirmed this. */
  check: PoseCheck.nullish(),
});
export type RigStatus = z.infer<typeof RigStatus>;

/** What the core is doing with the rig. */
export const ActivityState = z.object({
  kind: z.enum(['idle', 'recording', 'running']),
  /** Episode being recorded, its step, and the return so far. */
  episode: z.number().nullable(),
  step: z.number(),
  maxSteps: z.number(),
  return: z.number(),
  /** Episodes done and wanted. */
  done: z.number(),
  wanted: z.number(),
  /** Goes on without the window that began it. */
  unattended: z.boolean(),
  model: z.string().nullable(),
  planner: z.string().nullable(),
  /** The policy that drives or can take over, as it was asked for; null without one, and where it is only being learned. */
  policy: z.string().nullable(),
  /** Who drives now, or as soon as its first plan takes effect; null when nothing runs. */
  driver: z.enum(PILOTS).nullable(),
  /** Who does not drive thinks along, and is shown. */
  beside: z.boolean(),
  /** How the run judges its plans now, adjustments included; null when nothing runs. */
  propagation: PropagationOptions.nullable(),
  /** What is being adapted: a training beside the run, a change of the plant that was noticed; null when nothing is. */
  adapting: z.string().nullable(),
});
export type ActivityState = z.infer<typeof ActivityState>;

/** One point of the live view. */
export const TelemetrySample = z.object({
  /** Seconds since connecting (idle) or since the episode began. */
  seconds: z.number(),
  episode: z.number().nullable(),
  step: z.number(),
  /** Null for a channel whose value is not known: a sensor that answers NaN, an action after the last row. */
  observation: z.array(Reading),
  action: z.array(Reading),
  reward: Reading,
  latenessMs: Reading,
  planMs: Reading,
  missed: z.boolean(),
});
export type TelemetrySample = z.infer<typeof TelemetrySample>;

/** The imagined futures behind the newest plan; trajectories are [horizon + 1][observations], first row the start. */
export const PlanView = z.object({
  /** Whose it is. Of a policy the candidates are futures of its own that are as likely as the mean one. */
  pilot: z.enum(PILOTS),
  episode: z.number(),
  /** Step at which the plan takes effect. */
  step: z.number(),
  planMs: z.number(),
  periodMs: z.number(),
  /** Expected return of the best plan, and its ensemble mean and spread over the horizon. */
  expectedReturn: z.number(),
  mean: z.array(z.array(z.number())),
  std: z.array(z.array(z.number())),
  actions: z.array(z.array(z.number())),
  insight: PlanInsight,
  /** Control periods between the newest observation and the plan's first action, carried by the model. */
  ahead: z.number(),
  /** A few dozen candidates, each with its return. */
  candidates: z.array(z.object({ return: z.number(), trajectory: z.array(z.array(z.number())) })),
});
export type PlanView = z.infer<typeof PlanView>;

/** What a policy or a planner in latent states does, or would do, where there are no futures to draw. */
export const ActionView = PlanView.pick({
  ...{ pilot: true, episode: true, planMs: true, periodMs: true, ahead: true },
}).extend({
  /** Step that the first action is for. */
  step: z.number(),
  actions: PlanView.shape.actions,
  /** What is foreseen in latent states; null where nobody foresees anything. */
  insight: PlanInsight.nullable(),
  /** Has what drives met such a state while it learned? Null where nobody can tell. */
  known: z.boolean().nullable(),
  /** False: the planner drives, and this is what the policy would do. */
  drives: z.boolean(),
});
export type ActionView = z.infer<typeof ActionView>;

/** A policy that is learned on the rig; `points` is its whole curve so far. */
export const LearningState = PolicyProgress.extend({
  /** driving: the rig moves. keeping: it has ended, and what was learned is put down. over: it is, or nothing was learned. */
  stage: z.enum(['driving', 'keeping', 'over']),
  algorithm: z.string(),
  /** How often the learner brought new weights; 0 while it moves at random. */
  swaps: z.number().int(),
  /** Transitions that were made and that the learner has not taken in yet. */
  waiting: z.number().int(),
  /** Steps that became no transition: a pause, a hold or a stop, an action that came late or was nobody's decision. */
  leftOut: z.number().int(),
  /** Whole episodes so far, and the returns of the newest of them, oldest first. */
  episodes: z.number().int(),
  returns: z.array(Reading),
  /** Why the learner is gone; its last policy drives on. Null while it is there. */
  lost: ErrorShape.nullable(),
  /** The policy that was kept, when it is over; null before, and where none was. */
  kept: z.object({ hash: z.string(), name: z.string() }).nullable(),
});
export type LearningState = z.infer<typeof LearningState>;

/** What the telemetry stream carries: batches, at most 30 a second. */
export const TelemetryBatch = z.object({
  status: RigStatus.optional(),
  activity: ActivityState.optional(),
  samples: z.array(TelemetrySample),
  /** Of the one that drives. */
  plan: PlanView.optional(),
  /** Of the one that thinks along. */
  beside: PlanView.optional(),
  acting: ActionView.optional(),
  /** Null as soon as something else begins. */
  learning: LearningState.nullable().optional(),
  /** Null when the rig is left. */
  calibrating: CalibrationProgress.nullable().optional(),
  events: z.array(EpisodeEvent),
  counts: z
    .object({ missed: z.number(), overruns: z.number(), guard: z.number(), plans: z.number() })
    .optional(),
});
export type TelemetryBatch = z.infer<typeof TelemetryBatch>;

/** Things a person must see: a core that was restarted, a job that failed, a rig that fell silent. */
export const Notice = z.object({
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  next: z.string(),
  at: z.number(),
});
export type Notice = z.infer<typeof Notice>;
