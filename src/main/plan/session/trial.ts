import type { PlanInsight } from '../../../shared/plan';
import type { Random } from '../../../shared/random';
import { mapActions, rateCosts } from '../action-map';
import type { PlanSpace, Scores } from '../method';
import { candidatesOf } from '../methods';
import { judgedMembers, scoresOf } from '../objective';
import type { Tried } from './futures';
import type { SessionParts } from './parts';

/** The scoring of one plan's candidates, and what it took. */
export class Trial {
  graphMs = 0;
  /** Of graphMs. */
  feedMs = 0;
  scoringMs = 0;
  /** Evaluated last, for drawing. */
  last: Tried | undefined;
  #iterations = 0;
  #most = 0;

  constructor(
    private readonly parts: SessionParts,
    private readonly space: PlanSpace,
    private readonly at: { start: Float32Array; before: Float64Array; random: Random },
  ) {}

  async evaluate(sequences: Float32Array): Promise<Scores> {
    const { ladder, setup, source } = this.parts;
    if (!ladder) throw new RangeError('this planner has graphs of its own');
    const { start, before, random } = this.at;
    const { planner, propagation } = setup;
    const candidates = mapActions(this.space, planner, sequences, before);
    const called = performance.now();
    const result = await ladder.evaluate(start, candidates, random);
    const evaluated = performance.now();
    this.graphMs += evaluated - called;
    this.feedMs += result.feedMs ?? 0;
    const count = candidates.length / (this.space.horizon * this.space.low.length);
    const members = judgedMembers(source, propagation.particles);
    const scores = scoresOf(result, { candidates: count, members }, propagation);
    if (planner.ratePenalty > 0) {
      const costs = rateCosts(this.space, candidates, before);
      for (let i = 0; i < count; i++) scores.values[i] -= planner.ratePenalty * costs[i];
    }
    this.scoringMs += performance.now() - evaluated;
    this.last = { candidates, scores: scores.values };
    this.#iterations++;
    this.#most = Math.max(this.#most, count);
    return scores;
  }

  /** Of planners with graphs of their own what their options say. */
  effort(budget: number | undefined): Pick<PlanInsight, 'candidates' | 'iterations' | 'particles'> {
    const { ladder, setup, source } = this.parts;
    const { planner, propagation } = setup;
    if (ladder)
      return { candidates: this.#most, iterations: this.#iterations, particles: propagation.particles };
    const iterations = 'iterations' in planner ? planner.iterations : 1;
    return { candidates: budget ?? candidatesOf(planner), iterations, particles: source.members };
  }
}
