import { networkClass } from './gaussian-network';

/** As `latentFrame`, on the states that a filter believes in (dynamics/latent/recurrent). */
export const latentRecurrent = networkClass('latent-recurrent', {
  members: ({ members }) => members,
  elites: ({ elites, members }) => Math.min(elites, members),
  bootstrap: ({ bootstrap }) => bootstrap,
  variance: ({ variance }) => variance,
});
