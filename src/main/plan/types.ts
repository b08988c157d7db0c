import type { ErrorShape } from '../../shared/errors';
import type {
  PlanAdjustment,
  PlanInsight,
  PlannerName,
  PlannerOptions,
  PropagationOptions,
} from '../../shared/plan';
import type { Rig } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import type { Eyes } from '../dynamics/types';
import type { PolicySpace } from '../policy/representation/space';
import type { OwnBehaviour } from '../policy/representation/types';
import type { FormulaChannels } from '../task';
import type { Plan } from './method';

/** Messages to and from the planning worker thread. */
export interface PlanSetup {
  /** Model file (safetensors) to plan with; of no use with `simulator`. */
  modelFile: string;
  /** Of its spread, where something newer is known than what stands in the file: ModelSummary.recalibration. */
  recalibration?: number[] | null;
  /** Plan on the true simulator of this rig instead of a model: the oracle that models are compared with. */
  simulator?: Rig;
  /** Policy file, where the planner asks for its value or its proposals. */
  policyFile?: string;
  task: TaskFile;
  planner: PlannerOptions;
  propagation: PropagationOptions;
  /** [actions][low, high] from the rig. */
  actionLimits: [number, number][];
  holdAction: number[];
  /** [actions] the values a discrete action can take, null for a continuous one; all continuous when left out. */
  actionValues?: (number[] | null)[];
  /** [observations][low, high], null where there is no limit; none when left out. */
  observationLimits?: ([number, number] | null)[];
  /** Control period: what an automatic budget fills a share of. */
  periodSeconds?: number;
  threads: number;
  seed: number;
  /**
   * Draw the same random numbers for every plan, so that what is planned depends on where it begins, and no longer on when. Other
   * ones for every plan when left out.
   */
  sameDraws?: boolean;
  /** Of a model that learned from pictures: an observation is the latent state itself, which is not inferred here. */
  statesGiven?: boolean;
}
/** A policy that drives in the place of a planner. */
export interface PolicySetup {
  space: PolicySpace;
  behaviour: OwnBehaviour;
  /** [inputs][low, high] what it met while it learned (policy/representation/known.ts); null where nobody noted it. */
  known: [number, number][] | null;
  /**
   * Model file in which it is carried to where its action takes effect, and its futures are imagined; and of the model's
   * spread what is known beside the file. Null without one: it then acts on the newest observation.
   */
  model: { file: string; recalibration: number[] | null } | null;
  /** Of a policy that acts by pictures: what it looks through. Its model's futures then earn what the model has learned. */
  eyes?: Eyes;
  /** Steps that are imagined. */
  horizon: number;
  task: TaskFile;
  /** What the task's formulas are written in. */
  channels: FormulaChannels;
  holdAction: number[];
  seed: number;
}
export interface PlanRequest {
  id: number;
  /** Newest observation, measured at step `observedStep`. */
  observation: number[];
  observedStep: number;
  /**
   * Rows before it, oldest first, for a model with a history: [rows][observations], and [rows][actions] as they were
   * executed after each. As many as there are up to history − 1; left out, the rig is taken to have stood still.
   */
  past?: { observations: number[][]; actions: number[][] };
  /**
   * For a model that learned from pictures, in the place of the observation: what was seen at the newest steps, oldest first, as many as
   * it infers a state from, at each one of every camera. PNG or JPEG files.
   */
  pictures?: Uint8Array[];
  /** For one that carries on from step to step what it has seen, in the place of the pictures: the newest steps, oldest first. */
  glimpses?: Glimpse[];
  /**
   * Actions already decided for observedStep, observedStep + 1, …: the model carries the observation through
   * them, and the plan's first action is for step observedStep + pending.length (latency compensation).
   */
  pending: number[][];
  /** Forget the warm start: a new episode begins. */
  fresh: boolean;
  /** Also return what the screen draws. */
  draw: boolean;
}
/** What came of one step. */
export interface Glimpse {
  step: number;
  /** [actions] what was executed since the step before; null where that is not known. */
  before: number[] | null;
  /** Of each camera the PNG or JPEG file of what was seen at this step for the first time; null where nothing was. */
  pictures: (Uint8Array | null)[];
}
export interface PlanResult {
  id: number;
  /** Step of the observation that it was made from. */
  observedStep: number;
  firstStep: number;
  /** [horizon][actions] as they would be executed. */
  actions: number[][];
  /**
   * The plan before smoothing, which is no more than once to be put on it, and what its method remembers (elites, gains): what
   * a planner that takes over begins with, as if there had been no other. Null of a policy, which remembers nothing.
   */
  warmStart: WarmStart | null;
  /**
   * Of a policy: the state [stateWidth] that it decided in, which behaviour did, counted from 0, and how many steps before the
   * action's own the newest observation in that state is; 0 where a model has carried it there.
   */
  decided?: { state: Float32Array; behaviour: number; late: number };
  /** The plan's return, mean over the elites; not finite where the model's prediction diverged. */
  expectedReturn: number;
  insight: PlanInsight;
  /**
   * Predicted trajectory of the plan, all elites: [horizon + 1, observations] row-major; row 0 is the (predicted)
   * start. Not finite where the model's prediction diverged; empty of a policy without a model.
   */
  mean: Float32Array;
  std: Float32Array;
  /**
   * Of a plan in latent states, when `draw` was asked for: what `mean` is elsewhere, [horizon + 1, numbers of a state]. Whoever wants to
   * see it has it decoded.
   */
  latent?: Float32Array;
  /**
   * Returns and trajectories [horizon + 1, observations] of some candidates when `draw` was asked for: evenly
   * spread over all that were tried, those that diverged left out, each drawn no further than its episode's end.
   */
  candidates: { return: number; trajectory: Float32Array }[];
  /** Wall time, ms: whole plan; inside the rollout graph. */
  planMs: number;
  graphMs: number;
  /** Where the time of a plan went, ms, for the profile; left out by what does not measure it. */
  parts?: PlanParts;
}
export interface PlanParts {
  /** Carrying the observation to where the plan begins. */
  start: number;
  /** The planner itself: drawing candidates, updating its plan; and graphs of its own, where it has them. */
  method: number;
  /** Arranging the candidates' rows, drawing the rollouts' random numbers. */
  feeds: number;
  /** The rollouts, copies into and out of the engine included. */
  graph: number;
  /** What is made of the futures' returns: objective and penalties. */
  scoring: number;
  /** The plan through every member, for insight, record and drawing. */
  imagine: number;
}
/** What was planned last, for a planner that takes over from another in the middle of an episode. */
export interface WarmStart extends Plan {
  /** Whose plan: another method has no use for what this one remembers. */
  method: PlannerName;
  /** Episodes that were planned for until now: random numbers depend on it. */
  episode: number;
}
export type ToPlanWorker =
  | { type: 'setup'; setup: PlanSetup }
  /** As `setup`, for a policy. */
  | { type: 'setup policy'; setup: PolicySetup }
  /** A policy of the same shapes acts from the next plan on, as behaviour of this number. Not answered. */
  | { type: 'behave'; behaviour: OwnBehaviour; number: number }
  | { type: 'plan'; request: PlanRequest; warmStart?: WarmStart }
  /** Answered by `adjusted`. */
  | { type: 'adjust'; adjustment: PlanAdjustment }
  | { type: 'close' };
export type FromPlanWorker =
  /** `planMs`: the last plan of warming up. */
  | { type: 'ready'; compileMs: number; planMs: number }
  | { type: 'plan'; result: PlanResult }
  /** False: it needs another graph; set up a new session and take over from this one. */
  | { type: 'adjusted'; done: boolean }
  | { type: 'failed'; of: 'plan'; id: number; error: ErrorShape }
  | { type: 'failed'; of: Exclude<ToPlanWorker['type'], 'plan'>; error: ErrorShape };
