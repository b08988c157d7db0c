import { networkClass } from './gaussian-network';

/**
 * One network, p_θ(s' − s | s, a) = N(μ_θ, σ²), by maximum likelihood (lecture v0):
 *   min_θ Σ ‖y − μ_θ‖² / σ² + ln σ²
 * with σ² one number a channel (fixed: then μ is found by squared error) or a function of state and action (learned;
 * Nix & Weigend 1994, "P" in Chua et al. 2018).
 */
export const gaussian = networkClass('gaussian', {
  members: () => 1,
  elites: () => 1,
  bootstrap: () => false,
  variance: (options) => options.variance,
});
