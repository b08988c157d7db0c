import type { PropagationOptions } from '../../shared/plan';
import type { Random } from '../../shared/random';
import type { TaskFile } from '../../shared/task';
import type { Territory } from '../dynamics/known-territory';
import type { ModelLayout } from '../dynamics/layout';
import type { FormulaChannels } from '../task';
import type { ValueAtEnd } from './guide/value-at-end';

/** What a rollout must do and give; what is not asked for is not computed. */
export interface RolloutChoice {
  horizon: number;
  candidates: number;
  /** Futures a candidate. */
  particles: number;
  /** Whose: shared/plan.ts, `members`. */
  members: PropagationOptions['members'];
  /** Add the members' predicted noise. */
  noise: boolean;
  /** Sum the model's own reward instead of the task's formula. */
  learnedReward: boolean;
  /** What comes after the horizon counts as this says, and rewards before it with its discount; nothing when left out. */
  value?: ValueAtEnd | null;
  /** Also give `variance`. */
  variance: boolean;
  /** Also give `violation` and `stepsOutside`. */
  limits: boolean;
  /** Also give every future's states. */
  trajectories: boolean;
  /**
   * So many rows (candidate × particles + particle) from the first on are predicted by the members' means, without noise and
   * without what a model knows not to know. The noise of the others is then Gaussian with the predicted variance. None when
   * left out.
   */
  quiet?: number;
  /**
   * Of a model that knows what it does not know, such as a Gaussian process: a row believes one function that the model
   * holds possible all along, row r number r mod this. In all calls with the stream of one plan they are the same. Left out it
   * follows from `members`: one for the plan with "once", one a particle, the same for all candidates, with "fixed", one
   * a row with the others.
   */
  functions?: number;
}

export interface RolloutResult {
  /**
   * [candidates, particles] Σ_t alive_t · r(s_t, a_t, s_{t+1}) − `baseline` of the rollout, discounted and with the value of
   * the end where one was chosen; not finite where the prediction diverged.
   */
  returns: Float64Array;
  /** [candidates, particles] by how much rounding may have moved each of them. */
  rounding: Float64Array;
  /**
   * [candidates] Σ_t alive_t · mean over channels of Var_particles[s_t] / spread², spread being the channel's standard
   * deviation in the model's data, and the variance recalibrated where the model's was.
   */
  variance?: Float32Array;
  /** [candidates] mean over particles of Σ_t alive_t · (1 + how far outside, as a share of the range) for steps outside. */
  violation?: Float32Array;
  /** [candidates] mean over particles of the steps outside an observation's limits. */
  stepsOutside?: Float32Array;
  /** [candidates, particles, horizon, observations] s_1 …, when asked for. */
  states?: Float32Array;
  /** Of the time that it took, what went into arranging rows and drawing random numbers, ms; 0 when left out. */
  feedMs?: number;
}

/** Returns and what else was chosen, of many action sequences in one call. */
export interface Rollout {
  readonly choice: RolloutChoice;
  /**
   * Members that predict. With `members: "fixed"` particle p of candidate i is member (i · particles + p) mod this: p mod
   * this where particles is a multiple of it, and otherwise candidates meet members in turn.
   */
  readonly members: number;
  /**
   * What all returns have in common: the constant part of the reward, times the horizon (discounted as they are). They are given without it, because
   * beside a large constant nothing is left of their differences.
   */
  readonly baseline: number;
  /**
   * @param start [stateWidth] SI units (dynamics/layout.ts)
   * @param actions [candidates, horizon, actions] row-major; read before this returns
   * @param random decides which member predicts which step, and the noise. The member that predicts a whole plan
   *   depends on its seed alone: all calls with the stream of one plan meet the same.
   */
  evaluate(start: ArrayLike<number>, actions: Float32Array, random: Random): Promise<RolloutResult>;
  dispose(): Promise<void>;
}

/** Whatever can say what would happen: a learned model, or the simulator itself. */
export interface RolloutSource {
  readonly channels: FormulaChannels;
  readonly layout: ModelLayout;
  /** [observations] recalibration of what members disagree by; left out where there is none. */
  readonly deviationFactors?: Float64Array;
  /** Members that predict; 1 for a simulator. */
  readonly members: number;
  /** Does a member stand for many functions (RolloutChoice.functions)? */
  readonly knowsIgnorance?: boolean;
  compile(task: TaskFile, choice: RolloutChoice): Promise<Rollout>;
  /** Where the source can tell how well it knows a state. @param rows states in one call */
  territory?(rows: number): Promise<Territory>;
  close(): Promise<void>;
}
