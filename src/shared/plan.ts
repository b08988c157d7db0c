import { z } from 'zod';

const common = {
  /** Steps looked ahead. */
  horizon: z.number().int().min(1).max(200).default(25),
  candidates: z.number().int().min(2).max(20_000).default(150),
  /** Candidate trajectories sent to the screen; 0 for none. */
  drawCandidates: z.number().int().min(0).max(100).default(30),
};

export const RandomShootingOptions = z.strictObject({
  method: z.literal('random-shooting'),
  ...common,
  /** argmax: the best candidate. softmax: the return-weighted mean of all, lecture v0. */
  select: z.enum(['argmax', 'softmax']).default('argmax'),
  temperature: z.number().positive().default(1),
  /** open-loop: plan once, execute the whole horizon, plan again. mpc: replan at every step. */
  replan: z.enum(['open-loop', 'mpc']).default('mpc'),
});
export const MppiOptions = z.strictObject({
  method: z.literal('mppi'),
  ...common,
  iterations: z.number().int().min(1).max(20).default(2),
  /** λ: returns are divided by this before the exponential (after dividing by their spread). */
  temperature: z.number().positive().default(0.1),
  /** Standard deviation of the action noise as a share of half the action range. */
  noise: z.number().positive().max(2).default(0.5),
  /** Time correlation β of the noise in [0, 1): n_t = β n_{t−1} + √(1−β²) ε_t. */
  correlation: z.number().min(0).max(0.99).default(0.5),
});
export const PlannerOptions = z.discriminatedUnion('method', [RandomShootingOptions, MppiOptions]);
export type PlannerOptions = z.infer<typeof PlannerOptions>;
export type RandomShootingOptions = z.infer<typeof RandomShootingOptions>;
export type MppiOptions = z.infer<typeof MppiOptions>;

/** How an ensemble is walked through: TS1, a random member for every candidate and step (Chua et al. 2018). */
export const PropagationOptions = z.strictObject({
  /** Rollouts per candidate; their returns are averaged. */
  particles: z.number().int().min(1).max(50).default(1),
  /** Sample the members' predicted noise as well, or use their means. */
  sampleNoise: z.boolean().default(false),
  /** task: the task's formula. learned: what the model has learned of the recorded reward. */
  reward: z.enum(['task', 'learned']).default('task'),
});
export type PropagationOptions = z.infer<typeof PropagationOptions>;
