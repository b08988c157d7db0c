import { ForesightError } from '../../shared/errors';
import type { PolicyPoint, PolicyProgress } from '../../shared/policy';
import { mean } from '../../shared/statistics';
import type { Actor } from './representation/types';
import type { EndedEpisode, Lab, TrainingSnapshot, World } from './types';

/** Points of a curve in all, where the steps suffice. */
const POINTS = 100;
/** Between two words about how far it is. */
const SAYING_MS = 200;

export interface Reporting {
  steps: number;
  world: World | null;
  /** Episodes without exploration at every point that is due one; none when left out. */
  evaluate?: { everySteps: number; episodes: number; seed: number };
  signal: AbortSignal;
  onProgress(progress: PolicyProgress): void;
  /** Takes a snapshot when it is time for one. */
  checkpoint?: { due(): boolean; take(snapshot: TrainingSnapshot): void };
}

/** Keeps the curve of a training, and says how far it is. */
export class TrainingReport {
  readonly curve: PolicyPoint[] = [];
  #said = 0;
  #unsaid: PolicyPoint[] = [];
  #ended: EndedEpisode[] = [];
  #nextPoint: number;
  #nextEvaluation: number;
  readonly #began = performance.now();

  constructor(private readonly how: Reporting) {
    this.#nextPoint = this.#pointEvery;
    this.#nextEvaluation = how.evaluate?.everySteps ?? Number.POSITIVE_INFINITY;
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  readonly report: Lab['report'] = async (now) => {
    const { signal, world, evaluate, checkpoint, onProgress } = this.how;
    if (signal.aborted)
      throw new ForesightError('cancelled', 'The training was cancelled.', 'Start it again.');
    this.#ended.push(...now.ended);
    const judging = now.steps >= this.#nextEvaluation;
    if (judging || now.steps >= this.#nextPoint) {
      this.#nextPoint = now.steps + this.#pointEvery;
      const evaluated = judging && evaluate ? await judge(world, now.actor(), evaluate) : null;
      if (judging && evaluate) this.#nextEvaluation += evaluate.everySteps;
      const returns = this.#ended.splice(0).map((episode) => episode.return);
      const point: PolicyPoint = {
        ...{ steps: now.steps, updates: now.updates, evaluated },
        return: returns.length > 0 ? mean(returns) : null,
        ...{ value: null, entropy: null, gradientVariance: null, imaginedReward: null, realReward: null },
        ...now.point(),
      };
      this.curve.push(point);
      this.#unsaid.push(point);
    }
    if (checkpoint?.due()) checkpoint.take(now.snapshot());
    if (performance.now() - this.#said < SAYING_MS) return;
    this.#said = performance.now();
    onProgress({
      ...{ phase: now.phase ?? 'learning', detail: now.detail ?? '', steps: now.steps, updates: now.updates },
      ...{ stepsInAll: this.how.steps, secondsElapsed: this.seconds, points: this.#unsaid.splice(0) },
    });
    // Whoever wants to cancel is heard between two calls.
    await new Promise((resolve) => setImmediate(resolve));
  };

  get #pointEvery(): number {
    return Math.max(1, Math.floor(this.how.steps / POINTS));
  }
}

async function judge(
  world: World | null,
  actor: Actor,
  { episodes, seed }: { episodes: number; seed: number },
): Promise<number | null> {
  if (!world?.evaluate) return null;
  const ended = await world.evaluate(actor, episodes, seed);
  return mean(ended.map((episode) => episode.return));
}
