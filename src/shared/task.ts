import { z } from 'zod';
import { channelName } from './channel-name';

const formula = z.string().max(20_000);

/**
 * A task: reward + termination + horizon (product.md). Formulas use mathjs syntax over the rig's channel names.
 *
 * A bare observation name is its value *after* the step (s'), `before(name)` is its value before it (s), an
 * action name is the action in between (a): r = f(s, a, s'). Available: + - * / ^, comparisons, and/or/not,
 * ?:, pi, e, abs, sqrt, exp, log, sin, cos, tan, tanh, min, max, sign, square, wrap (to [-π, π)).
 * A truth value used as a number is 1 or 0.
 */
export const TaskFile = z.strictObject({
  name: z.string().max(300),
  /**
   * Variables: names for formulas that reward, termination and later variables use like channels, in this order.
   * `before(name)` is the same formula over the channels before the step.
   */
  let: z.record(channelName, formula).optional(),
  reward: formula,
  /** True ends the episode. Empty: nothing ends it but the step limit. */
  termination: formula.default(''),
  /** What has happened when the termination is true, for people: "pole fell or cart left the track". */
  terminationWords: z.string().max(200).optional(),
  /**
   * True where the task is done, say `distance < 0.05`. An episode that comes to its end is a success where this is true of its last
   * step; nothing is planned by it. Left out: nothing is said of success.
   */
  success: formula.optional(),
  /** Steps (transitions) after which an episode ends. */
  maxSteps: z.number().int().positive(),
  /** Largest return an episode can have, where there is one; `demo` reports the first trial that reaches it. */
  maxReturn: z.number().optional(),
  /** Transitions that a first model of this rig wants, for people who record; WANTED_TRANSITIONS when left out. */
  wantedTransitions: z.number().int().positive().optional(),
});
export type TaskFile = z.infer<typeof TaskFile>;

/** Of rigs with a handful of channels, models of this many were trusted for a second or so (docs/results). */
export const WANTED_TRANSITIONS = 1000;

export const FormulaCheck = z.object({
  ok: z.boolean(),
  /** The problem as a sentence, or null. */
  problem: z.string().nullable(),
  /** Character range of the problem in the formula. */
  from: z.number().nullable(),
  to: z.number().nullable(),
});
export type FormulaCheck = z.infer<typeof FormulaCheck>;
