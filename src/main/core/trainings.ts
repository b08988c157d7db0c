import { join } from 'node:path';
import type { TrainInput } from '../../shared/contract';
import type { EpisodeSummary } from '../../shared/episode';
import { asForesightError, ForesightError } from '../../shared/errors';
import {
  type CheckpointInfo,
  EvaluateOptions,
  Evaluation,
  type ModelSummary,
  type TrainOptions,
  type TrainProgress,
} from '../../shared/model';
import { isTested } from '../../shared/verdict';
import { commonChannels } from '../dynamics/data/same-channels';
import { startTraining } from '../jobs';
import { listCheckpoints, pruneCheckpoints, readCheckpoint } from '../jobs/checkpoint';
import type { CheckpointJob } from '../jobs/types';
import { modelPath } from '../log';
import type { Log, ModelRecord } from '../log/types';
import { workspacePaths } from '../log/workspace';
import type { Host } from '../processes/port';
import { Checkpoints, endedEarly } from './checkpoints';
import { episodesAsked } from './datasets';
import type { JobList } from './job-list';
import { chooseEpisodes, type EpisodePart, partsByNow, stretchesOf } from './training-episodes';

/** Horizons of a judgement that keeps to errors, in steps. */
const HORIZONS = [1, 2, 5, 10, 25, 50, 100];
export interface TrainingRun {
  job: number;
  done: Promise<ModelSummary>;
  cancel(): void;
  /** What it can be resumed from when it does not come to its end; null before there is anything. */
  checkpoint(): string | null;
}

/** Trainings of the workspace: they begin, go on after an interruption, and leave a model. */
export class Trainings {
  readonly #checkpoints: Checkpoints<CheckpointInfo, 'savedAt' | 'epoch' | 'secondsElapsed'>;

  constructor(
    private readonly host: Host,
    private readonly log: Log,
    private readonly jobs: JobList,
    /** A model by what it is called. @throws not-found */
    private readonly record: (model: string) => Promise<ModelRecord>,
  ) {
    this.#checkpoints = new Checkpoints(workspacePaths(log.folder).checkpoints, {
      ...{ list: listCheckpoints, prune: pruneCheckpoints, read: readCheckpoint, start: 'foresight train' },
    });
  }

  /** @param verdict "errors" for a series of trainings whose models are judged by what they do: it takes less time */
  async train(
    input: TrainInput,
    onProgress?: (progress: TrainProgress) => void,
    verdict: 'full' | 'errors' = 'full',
  ): Promise<TrainingRun> {
    const from = input.from === undefined ? undefined : await this.record(input.from);
    const episodes = await episodesAsked(this.log, input, 'train');
    const chosen = await chooseEpisodes(this.log, { episodes, rig: input.rig ?? from?.rig });
    const { name, options, last = null } = input;
    const checkpoint = await this.#checkpoints.begin({
      ...{ name, options, last, rig: chosen[0]!.rig, from: from?.hash ?? null },
      episodes: chosen.map(({ id }) => id),
    });
    return this.#start(checkpoint, chosen, onProgress, verdict);
  }

  /**
   * Trains on parts of episodes, also of one that is still running, beside a run. All of them are learned from; it is
   * neither judged nor kept to be resumed: what decides is how the run goes on.
   */
  async learn(
    {
      name,
      options,
      parts,
      from,
    }: { name: string; options: TrainOptions; parts: EpisodePart[]; from?: string },
    onProgress?: (progress: TrainProgress) => void,
  ): Promise<TrainingRun> {
    const chosen = await Promise.all(parts.map(({ episode }) => this.log.episode(episode)));
    const state = this.jobs.begin('train', `Training ${name}`);
    const handle = startTraining(
      this.host,
      {
        ...{ name, options, rig: chosen[0]?.rig ?? '' },
        channels: commonChannels(chosen),
        episodes: { workspace: this.log.folder, stretches: await partsByNow(this.log, parts) },
        folder: join(this.log.folder, 'models'),
        ...(from === undefined ? {} : { fromModel: modelPath(this.log.folder, from) }),
        ...{ horizons: [], last: 0 },
      },
      {
        onProgress: (progress) => {
          this.jobs.note(state, progress);
          onProgress?.(progress);
        },
      },
    );
    const cancel = () => handle.cancel();
    const done = this.jobs.follow(state, cancel, () => this.#keep(handle.result));
    return { job: state.id, done, cancel, checkpoint: () => null };
  }

  /**
   * Goes on with an interrupted training; the model is the one that it would have become.
   * @param training id or file of its checkpoint, the newest when left out
   */
  async resume(training?: string, onProgress?: (progress: TrainProgress) => void): Promise<TrainingRun> {
    const checkpoint = await this.#checkpoints.find(training);
    const { id, name, episodes } = checkpoint.info;
    if (this.jobs.isResumed(id)) {
      throw new ForesightError(
        'busy',
        `The training "${id}" is running.`,
        'Wait for it, or cancel it first.',
      );
    }
    const chosen = await chooseEpisodes(this.log, { episodes }).catch((cause: unknown) => {
      throw new ForesightError(
        'bad-data',
        `The training "${name}" cannot be resumed: ${asForesightError(cause).message}`,
        'Bring the episode back (foresight episode undo), or start the training anew.',
        { cause },
      );
    });
    return this.#start(checkpoint, chosen, onProgress);
  }

  checkpoints(): Promise<CheckpointInfo[]> {
    return this.#checkpoints.list();
  }

  async #start(
    checkpoint: CheckpointJob,
    chosen: EpisodeSummary[],
    onProgress?: (progress: TrainProgress) => void,
    verdict: 'full' | 'errors' = 'full',
  ): Promise<TrainingRun> {
    const { id, name, rig, options, last, from } = checkpoint.info;
    const state = this.jobs.begin('train', `Training ${name}`);
    if (checkpoint.resume) state.checkpoint = id;
    const { horizons, trustedFraction } = EvaluateOptions.parse({});
    const handle = startTraining(
      this.host,
      {
        ...{ name, rig, options, last, checkpoint },
        channels: commonChannels(chosen),
        episodes: { workspace: this.log.folder, stretches: stretchesOf(chosen) },
        folder: join(this.log.folder, 'models'),
        ...(from === null ? {} : { fromModel: modelPath(this.log.folder, from) }),
        ...(verdict === 'full' ? { horizons, report: { trustedFraction } } : { horizons: HORIZONS }),
      },
      {
        onProgress: (progress) => {
          this.jobs.note(state, progress);
          onProgress?.(progress);
        },
        onCheckpoint: () => {
          state.checkpoint = id;
        },
      },
    );
    const cancel = () => handle.cancel();
    const done = this.jobs.follow(state, cancel, () =>
      this.#keep(
        handle.result.catch((thrown: unknown) => {
          throw endedEarly(thrown, state, checkpoint, 'foresight train --resume');
        }),
      ),
    );
    return { job: state.id, done, cancel, checkpoint: () => state.checkpoint };
  }

  async #keep(trained: Promise<{ summary: ModelSummary }>): Promise<{ result: ModelSummary; model: string }> {
    const { summary } = await trained;
    // The same data and options give the same model again; what it was judged on before is worth more than less than that.
    const known = (await this.log.models()).find(({ hash }) => hash === summary.hash);
    const before = Evaluation.nullable().parse(known?.evaluation ?? null);
    if (before !== null && isTested(before)) summary.evaluation = before;
    await this.log.addModel({
      hash: summary.hash,
      name: summary.name,
      createdAt: summary.createdAt,
      rig: summary.rig,
      options: summary.options,
      metrics: summary,
      evaluation: summary.evaluation,
      episodes: summary.episodes,
    });
    return { result: summary, model: summary.hash };
  }
}
