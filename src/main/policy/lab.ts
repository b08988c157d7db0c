import { ForesightError } from '../../shared/errors';
import type { PolicyPoint, PolicyProgress } from '../../shared/policy';
import { mean } from '../../shared/statistics';
import type { Actor } from './representation/types';
import type { EndedEpisode, Lab, Learned, TrainingSnapshot, World } from './types';

/** Points of a curve in all, where the steps suffice. */
const POINTS = 100;
/** Between two words about how far it is. */
const SAYING_MS = 200;
/** Whoever wants to cancel is heard, and a checkpoint that is being written gets on, as often as this. */
const HEARING_MS = 10;

/** A training on its way, as plain data: what its algorithm keeps, and what came of it so far. */
export interface TrainingState {
  snapshot: TrainingSnapshot;
  curve: PolicyPoint[];
  notes: string[];
  /** Since the last point. */
  ended: EndedEpisode[];
  nextPoint: number;
  nextEvaluation: number | null;
  seconds: number;
  /** What was met until now (representation/known.ts). */
  known: [number, number][] | null;
}

export interface Reporting {
  steps: number;
  world: World | null;
  /** Episodes without exploration at every point that is due one; none when left out. */
  evaluate?: { everySteps: number; episodes: number; seed: number };
  signal: AbortSignal;
  onProgress(progress: PolicyProgress): void;
  /** Takes the state of the training when it is time for it. */
  checkpoint?: { due(): boolean; take(state: TrainingState): void };
  /** What it goes on from. */
  resumed?: TrainingState;
  /** What was met until now, for whoever goes on from here. */
  known?(): TrainingState['known'];
}

/** Keeps the curve of a training, and says how far it is. */
export class TrainingReport {
  readonly curve: PolicyPoint[];
  readonly notes: string[];
  #said = Number.NEGATIVE_INFINITY;
  #heard = Number.NEGATIVE_INFINITY;
  #unsaid: PolicyPoint[] = [];
  readonly #ended: EndedEpisode[];
  #nextPoint: number;
  #nextEvaluation: number | null;
  readonly #began: number;
  #newest: Parameters<Lab['report']>[0] | undefined;

  constructor(private readonly how: Reporting) {
    const { resumed, evaluate } = how;
    this.curve = [...(resumed?.curve ?? [])];
    this.notes = [...(resumed?.notes ?? [])];
    this.#ended = [...(resumed?.ended ?? [])];
    this.#nextPoint = resumed?.nextPoint ?? this.#pointEvery;
    this.#nextEvaluation = resumed ? resumed.nextEvaluation : (evaluate?.everySteps ?? null);
    this.#began = performance.now() - 1000 * (resumed?.seconds ?? 0);
    // Whoever watches a training that goes on sees all of its curve.
    this.#unsaid = [...this.curve];
  }

  /** Spent on it in all. */
  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  readonly report: Lab['report'] = async (now) => {
    const { signal, world, evaluate, checkpoint, onProgress } = this.how;
    if (signal.aborted)
      throw new ForesightError('cancelled', 'The training was cancelled.', 'Start it again.');
    this.#ended.push(...now.ended);
    this.#newest = now;
    const judging = this.#nextEvaluation !== null && now.steps >= this.#nextEvaluation;
    if (judging || now.steps >= this.#nextPoint) {
      this.#nextPoint = now.steps + this.#pointEvery;
      const evaluated = judging && evaluate ? await judge(world, now.actor(), evaluate) : null;
      if (judging && evaluate) this.#nextEvaluation = now.steps + evaluate.everySteps;
      this.#add(now, evaluated);
    }
    if (checkpoint?.due()) checkpoint.take(this.#state(now.snapshot()));
    if (performance.now() - this.#heard > HEARING_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#heard = performance.now();
    }
    if (performance.now() - this.#said < SAYING_MS) return;
    this.#said = performance.now();
    onProgress({
      ...{ phase: now.phase ?? 'learning', detail: now.detail ?? '', steps: now.steps, updates: now.updates },
      ...{ stepsInAll: this.how.steps, secondsElapsed: this.seconds, points: this.#unsaid.splice(0) },
      ...this.#behind(now),
    });
  };

  /** The policy that came of it is evaluated, where it went on learning after the last evaluation. */
  async finish({ actor, updates }: Learned): Promise<void> {
    const { world, evaluate } = this.how;
    const judged = this.curve.findLast((point) => point.evaluated !== null);
    if (!evaluate || !this.#newest || judged?.updates === updates) return;
    const evaluated = await judge(world, actor, evaluate);
    if (evaluated !== null) this.#add({ ...this.#newest, updates }, evaluated);
  }

  #add(now: Parameters<Lab['report']>[0], evaluated: number | null): void {
    const returns = this.#ended.splice(0).map((episode) => episode.return);
    const point: PolicyPoint = {
      ...{ steps: now.steps, updates: now.updates, evaluated },
      return: returns.length > 0 ? mean(returns) : null,
      ...{ value: null, entropy: null, gradientVariance: null, imaginedReward: null, realReward: null },
      ...now.point(),
      ...this.#behind(now),
    };
    this.curve.push(point);
    this.#unsaid.push(point);
  }

  #state(snapshot: TrainingSnapshot): TrainingState {
    return {
      ...{ snapshot, curve: [...this.curve], notes: [...this.notes], ended: [...this.#ended] },
      ...{ nextPoint: this.#nextPoint, nextEvaluation: this.#nextEvaluation, seconds: this.seconds },
      known: this.how.known?.() ?? null,
    };
  }

  /** Only a rig goes on while its learner is busy; a simulation waits. */
  #behind({ owed }: Parameters<Lab['report']>[0]): { owed?: number } {
    return owed === undefined || this.how.world?.kind !== 'rig' ? {} : { owed };
  }

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
