import { networkClass } from './gaussian-network';

/**
 * How latent states move and what reward they bring: an ensemble on the states that one encoder infers (dynamics/latent), which is
 * why everything that is known of an ensemble (disagreement, known territory, recalibration) holds for pictures as well.
 */
export const latentFrame = networkClass('latent-frame', {
  members: ({ members }) => members,
  elites: ({ elites, members }) => Math.min(elites, members),
  bootstrap: ({ bootstrap }) => bootstrap,
  variance: ({ variance }) => variance,
});
