import type { EpisodeSummary } from '../../src/shared/episode';

/** An episode in which nothing went wrong, changed by `parts`. */
export const episode = (parts: Partial<EpisodeSummary> = {}): EpisodeSummary => ({
  id: 12,
  rig: 'cartpole-balance',
  source: 'mpc',
  state: 'complete',
  startedAt: 0,
  periodSeconds: 0.02,
  steps: 200,
  durationSeconds: 4,
  return: 200,
  terminated: false,
  reason: 'It reached its step limit.',
  missedPlans: 0,
  overruns: 0,
  guardInterventions: 0,
  tags: ['nice one'],
  run: null,
  outcome: null,
  starred: false,
  parts: [],
  deletedAt: null,
  observations: [],
  actions: [],
  ...parts,
});
