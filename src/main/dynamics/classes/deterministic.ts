import { networkClass } from './gaussian-network';

/**
 * One network for the mean of the residual, no spread (lecture v0; Nagabandi et al. 2018):
 *   min_θ Σ ‖ (s' − s) − f_θ(s, a) ‖²
 */
export const deterministic = networkClass('deterministic', {
  members: () => 1,
  elites: () => 1,
  bootstrap: () => false,
  variance: () => 'none',
});
