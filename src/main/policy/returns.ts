/**
 * What the steps of an episode are judged by. Of an episode of T steps with rewards r_0 … r_{T−1}.
 */

/**
 * Discounted returns from every step on, G_t = Σ_{k ≥ t} γ^{k−t} r_k + γ^{T−t} V.
 * @param beyond V: what follows the last step; 0 where the task terminated
 * @returns [T]
 */
export function returnsToGo(rewards: ArrayLike<number>, discount: number, beyond = 0): Float64Array {
  const returns = new Float64Array(rewards.length);
  let after = beyond;
  for (let t = rewards.length - 1; t >= 0; t--) {
    after = rewards[t] + discount * after;
    returns[t] = after;
  }
  return returns;
}

/**
 * Generalised advantage estimation (Schulman et al. 2016, 1506.02438, equation 16):
 * A_t = Σ_{l ≥ 0} (γλ)^l δ_{t+l} with δ_t = r_t + γ V(s_{t+1}) − V(s_t). λ = 1 is the return from there on, less V(s_t).
 * @param values [T + 1] V of the states before every step and after the last; the last one 0 where the task terminated
 * @returns [T]
 */
export function advantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { discount, lambda }: { discount: number; lambda: number },
): Float64Array {
  const result = new Float64Array(rewards.length);
  let after = 0;
  for (let t = rewards.length - 1; t >= 0; t--) {
    const surprise = rewards[t] + discount * values[t + 1] - values[t];
    after = surprise + discount * lambda * after;
    result[t] = after;
  }
  return result;
}

/** Which of REINFORCE's refinements are switched on. */
export interface Judging {
  rewardToGo: boolean;
  baseline: boolean;
  gaeLambda: number;
  discount: number;
}

/**
 * What weighs the steps of an episode in the gradient, ψ_t: the return R of the whole, G_t with reward-to-go, either less what
 * was expected (V(s_0) of the whole, V(s_t) from there on) with the baseline; with both, by GAE.
 * @param values as of `advantages`; read with the baseline only, and only then something follows a step limit
 * @returns [T]
 */
export function judgedSteps(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { rewardToGo, baseline, gaeLambda, discount }: Judging,
): Float64Array {
  if (rewardToGo && baseline) return advantages(rewards, values, { discount, lambda: gaeLambda });
  const returns = returnsToGo(rewards, discount, baseline ? values[rewards.length] : 0);
  if (rewardToGo) return returns;
  const whole = (returns[0] ?? 0) - (baseline ? values[0] : 0);
  return returns.fill(whole);
}
