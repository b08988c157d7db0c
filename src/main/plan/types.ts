import type { ErrorShape } from '../../shared/errors';
import type { PlannerOptions, PropagationOptions } from '../../shared/plan';
import type { TaskFile } from '../../shared/task';

/** Messages to and from the planning worker thread. */
export interface PlanSetup {
  /** Model file (safetensors) to plan with. */
  modelFile: string;
  task: TaskFile;
  planner: PlannerOptions;
  propagation: PropagationOptions;
  /** [actions][low, high] from the rig. */
  actionLimits: [number, number][];
  holdAction: number[];
  threads: number;
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
   * Actions already decided for observedStep, observedStep + 1, …: the model carries the observation through
   * them, and the plan's first action is for step observedStep + pending.length (latency compensation).
   */
  pending: number[][];
  /** Forget the warm start: a new episode begins. */
  fresh: boolean;
  /** Also return what the screen draws. */
  draw: boolean;
}
export interface PlanResult {
  id: number;
  firstStep: number;
  /** [horizon][actions] */
  actions: number[][];
  /** The plan's return, mean over the elites; not finite where the model's prediction diverged. */
  expectedReturn: number;
  /**
   * Predicted trajectory of the plan, all elites: [horizon + 1, observations] row-major; row 0 is the (predicted)
   * start. Not finite where the model's prediction diverged.
   */
  mean: Float32Array;
  std: Float32Array;
  /**
   * Returns and trajectories [horizon + 1, observations] of some candidates when `draw` was asked for: evenly
   * spread over all that were tried, those that diverged left out, each drawn no further than its episode's end.
   */
  candidates: { return: number; trajectory: Float32Array }[];
  /** Wall time, ms: whole plan; inside the rollout graph. */
  planMs: number;
  graphMs: number;
}
/** What was planned last, for a planner that takes over from another in the middle of an episode. */
export type WarmStart = Pick<PlanResult, 'firstStep' | 'actions'>;
export type ToPlanWorker =
  | { type: 'setup'; setup: PlanSetup }
  | { type: 'plan'; request: PlanRequest; warmStart?: WarmStart }
  | { type: 'close' };
export type FromPlanWorker =
  | { type: 'ready'; compileMs: number }
  | { type: 'plan'; result: PlanResult }
  | { type: 'failed'; id: number | null; error: ErrorShape };
