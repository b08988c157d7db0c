import type { ForesightError } from '../../shared/errors';
import { knownOrNull } from '../../shared/known';
import type { AlgorithmOptions, PolicyProgress, PolicySummary } from '../../shared/policy';
import type { LearningState } from '../../shared/telemetry';
import type { Telemetry } from './telemetry';

/** Episodes whose returns are shown. */
const SHOWN = 200;

/** What every window is shown of a policy that is learned on the rig. */
export class LearningView {
  #state: LearningState;

  constructor(
    private readonly telemetry: Telemetry,
    { name, steps }: AlgorithmOptions,
    /** How far the learner is behind, and what it will never learn from. */
    private readonly counts: () => Pick<LearningState, 'waiting' | 'leftOut'>,
  ) {
    this.#state = {
      ...{ phase: 'loading', detail: '', steps: 0, stepsInAll: steps, updates: 0, secondsElapsed: 0 },
      ...{ points: [], stage: 'driving', algorithm: name },
      ...{ swaps: 0, waiting: 0, leftOut: 0 },
      ...{ episodes: 0, returns: [], lost: null, kept: null },
    };
    this.#show({});
  }

  /** A whole episode. */
  ended(total: number): void {
    const { episodes, returns } = this.#state;
    this.#show({ episodes: episodes + 1, returns: [...returns, knownOrNull(total)].slice(-SHOWN) });
  }

  /** What the learner said; its points are those that are new. */
  said(progress: PolicyProgress): void {
    this.#show({ ...progress, points: [...this.#state.points, ...progress.points] });
  }

  /** New weights have come. */
  swapped(): void {
    this.#show({ swaps: this.#state.swaps + 1 });
  }

  lost(error: ForesightError): void {
    this.#show({ lost: error.toShape() });
  }

  keeping(): void {
    this.#show({ stage: 'keeping' });
  }

  over(kept: PolicySummary | null): void {
    if (kept === null) {
      this.#show({ stage: 'over' });
      return;
    }
    // What is kept may know of more than was said on the way.
    const { hash, name, steps, updates } = kept;
    this.#show({ stage: 'over', kept: { hash, name }, steps, updates });
  }

  /** What was learned and how, as it was said last. */
  get progress(): Pick<LearningState, 'steps' | 'updates' | 'secondsElapsed' | 'points'> {
    return this.#state;
  }

  #show(change: Partial<LearningState>): void {
    this.#state = { ...this.#state, ...this.counts(), ...change };
    this.telemetry.publish({ kind: 'learning', learning: this.#state });
  }
}
