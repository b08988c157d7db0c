import type { StepRow } from '../../../shared/episode';
import type { ModelSummary } from '../../../shared/model';
import { SurpriseThread } from '../../dynamics/surprise';
import type { TrainingEpisode } from '../../dynamics/types';
import { ChangeDetector, detectorBaseline, type PlantChangeFound } from './change-detector';
import { lastStep, recordedSteps, type StepShape, type WatchedRow } from './watched-steps';

/** Steps of its own data that a model is compared with to know how wrong it usually is. */
const BASELINE_STEPS = 800;

/** Compares every step of a run with the model in force, in a thread of its own, and notices a change of the plant. */
export class Watch {
  readonly #thread = new SurpriseThread();
  /** Comparisons and exchanges of the model, in order. */
  #queue: Promise<void> = Promise.resolve();
  #detector: ChangeDetector | undefined;
  #episode: number | undefined;
  #rows: WatchedRow[] = [];
  #ended = false;

  constructor(
    private readonly shape: StepShape,
    private readonly sensitivity: number,
    private readonly hear: {
      onChange(change: PlantChangeFound): void;
      /** After every comparison. */
      onJudged(step: number): void;
      /** Once; the run is watched no more. */
      onFailure(error: unknown): void;
    },
  ) {}

  /** @param data what the model learned from */
  use(modelFile: string, summary: ModelSummary, data: readonly TrainingEpisode[]): Promise<void> {
    return this.#next(async () => {
      await this.#thread.open(modelFile);
      const own = await this.#thread.measure(recordedSteps(data, this.shape, BASELINE_STEPS));
      const baseline = detectorBaseline(summary.observations.length, own);
      this.#detector = new ChangeDetector(baseline, this.sensitivity);
    });
  }

  /** The errors of the model in force are what it expects. */
  get calm(): boolean {
    return this.#detector?.calm ?? false;
  }

  /** @param step counts up over the run */
  row(step: number, row: StepRow, episode: number): void {
    if (episode !== this.#episode) this.#rows = [];
    this.#episode = episode;
    this.#rows.push(row);
    if (this.#rows.length > this.shape.history + 1) this.#rows.shift();
    const watched = lastStep(this.#rows, this.shape);
    if (watched === null) return;
    void this.#next(async () => {
      const [surprise] = await this.#thread.measure([watched]);
      const change = surprise && this.#detector?.observe(step, surprise);
      if (change) this.hear.onChange(change);
      this.hear.onJudged(step);
    });
  }

  /** Resolves when everything so far was compared. */
  settled(): Promise<void> {
    return this.#queue;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#thread.close();
    await this.#queue;
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.#ended) return;
      try {
        await work();
      } catch (error) {
        if (this.#ended) return;
        this.#ended = true;
        this.hear.onFailure(error);
      }
    });
    return this.#queue;
  }
}
