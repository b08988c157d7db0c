import { networkClass } from './gaussian-network';

/**
 * Several Gaussian networks (PETS "PE", Chua et al. 2018; Lakshminarayanan et al. 2017): each is trained on its own, on a
 * bootstrap sample of the transitions or on all of them from weights of its own. They agree where there was data and
 * part where there was none: the variance of their means is what is not known,
 *   Var = mean_m σ_m² (noise) + var_m μ_m (disagreement).
 */
export const ensemble = networkClass('ensemble', {
  members: (options) => options.members,
  elites: (options) => Math.min(options.elites, options.members),
  bootstrap: (options) => options.bootstrap && options.members > 1,
  variance: (options) => options.variance,
});
