import { join } from 'node:path';
import type { EvaluateInput, TrainInput } from '../../shared/contract';
import type { EpisodeSummary } from '../../shared/episode';
import { asForesightError, ForesightError } from '../../shared/errors';
import {
  type CheckpointInfo,
  EvaluateOptions,
  Evaluation,
  type JobState,
  ModelSummary,
  type TrainOptions,
  type TrainProgress,
} from '../../shared/model';
import type { Rig } from '../../shared/rig';
import { recalibrationOf } from '../../shared/verdict';
import { commonChannels, requireChannels } from '../dynamics/same-channels';
import { splitEpisodes } from '../dynamics/splits';
import { startEvaluation, startExport, startTraining } from '../jobs';
import type { CheckpointJob } from '../jobs/types';
import { modelPath } from '../log';
import type { Log, ModelRecord } from '../log/types';
import { workspacePaths } from '../log/workspace';
import type { Host } from '../port';
import { Checkpoints } from './checkpoints';
import { fileName } from './file-name';
import { JobList } from './job-list';
import type { Notices } from './notices';
import { chooseEpisodes, type EpisodePart, loadEpisodes, loadParts } from './training-episodes';

/** Horizons of a judgement that keeps to errors, in steps. */
const HORIZONS = [1, 2, 5, 10, 25, 50, 100];
/** Newest episodes whose steps an exported file is checked on. */
const EPISODES_CHECKED = 20;

export interface TrainingRun {
  job: number;
  done: Promise<ModelSummary>;
  cancel(): void;
  /** What it can be resumed from when it does not come to its end; null before there is anything. */
  checkpoint(): string | null;
}

/** Learned models of the workspace: training them, judging them, handing them over. */
export class Models {
  readonly #jobs: JobList;
  readonly #checkpoints: Checkpoints;

  constructor(
    private readonly host: Host,
    private readonly log: Log,
    notices: Notices,
  ) {
    this.#jobs = new JobList(notices);
    this.#checkpoints = new Checkpoints(workspacePaths(log.folder).checkpoints);
  }

  async list(): Promise<ModelSummary[]> {
    return (await this.log.models()).map(summaryOf);
  }

  /** By hash, unambiguous beginning of a hash, or name; the newest of that name. */
  async record(model: string): Promise<ModelRecord> {
    const all = await this.log.models();
    const found =
      all.find((m) => m.hash === model) ??
      all.filter((m) => m.name === model).sort((a, b) => b.createdAt - a.createdAt)[0] ??
      (model.length >= 6 ? all.find((m) => m.hash.startsWith(model)) : undefined);
    if (!found) {
      const names = all.map((m) => `${m.name} (${m.hash.slice(0, 8)})`).join(', ');
      throw new ForesightError(
        'not-found',
        `There is no model "${model}" in this workspace.`,
        names ? `Choose one of: ${names}.` : 'Train one first: foresight train, or the room Models.',
      );
    }
    return found;
  }

  fileOf(hash: string): string {
    return modelPath(this.log.folder, hash);
  }

  /** Throws when the model was learned on other channels than the rig has. */
  requireFits(record: ModelRecord, rig: Rig): void {
    const summary = summaryOf(record);
    const words = (list: { name: string; unit: string }[]) =>
      list.map((c) => `${c.name} (${c.unit})`).join(', ');
    const pairs = [
      ['observations', words(summary.observations), words(rig.file.observations)],
      ['actions', words(summary.actions), words(rig.file.actions)],
      ['control period', `${summary.periodSeconds} s`, `${rig.file.periodSeconds} s`],
    ] as const;
    for (const [kind, learned, has] of pairs) {
      if (learned !== has) {
        throw new ForesightError(
          'bad-data',
          `The model "${summary.name}" was learned on the ${kind} ${learned}; the rig ${rig.file.name} has ${has}.`,
          'Choose a model that was trained on this rig, or train one.',
        );
      }
    }
  }

  /** @param verdict "errors" for a series of trainings whose models are judged by what they do: it takes less time */
  async train(
    input: TrainInput,
    onProgress?: (progress: TrainProgress) => void,
    verdict: 'full' | 'errors' = 'full',
  ): Promise<TrainingRun> {
    const from = input.from === undefined ? undefined : await this.record(input.from);
    const chosen = await chooseEpisodes(this.log, { ...input, rig: input.rig ?? from?.rig });
    const { name, options, last } = input;
    const checkpoint = await this.#checkpoints.begin({
      ...{ name, options, last, rig: chosen[0]!.rig, from: from?.hash ?? null },
      episodes: chosen.map(({ id }) => id),
    });
    return this.#start(checkpoint, chosen, onProgress, verdict);
  }

  /**
   * Trains on parts of episodes, also of one that is still running, beside a run. It is neither judged nor kept to be
   * resumed: what decides is how the run goes on.
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
    const state = this.#jobs.begin('train', `Training ${name}`);
    const handle = startTraining(
      this.host,
      {
        ...{ name, options, rig: chosen[0]?.rig ?? '' },
        channels: commonChannels(chosen),
        episodes: await loadParts(this.log, parts),
        folder: join(this.log.folder, 'models'),
        ...(from === undefined ? {} : { fromModel: this.fileOf(from) }),
        horizons: [],
      },
      {
        onProgress: (progress) => {
          this.#jobs.note(state, progress);
          onProgress?.(progress);
        },
      },
    );
    const cancel = () => handle.cancel();
    const done = this.#jobs.follow(state, cancel, () => this.#keep(handle.result));
    return { job: state.id, done, cancel, checkpoint: () => null };
  }

  /**
   * Goes on with an interrupted training; the model is the one that it would have become.
   * @param training id or file of its checkpoint, the newest when left out
   */
  async resume(training?: string, onProgress?: (progress: TrainProgress) => void): Promise<TrainingRun> {
    const checkpoint = await this.#checkpoints.find(training);
    const { id, name, episodes } = checkpoint.info;
    if (this.#jobs.isResumed(id)) {
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
    const state = this.#jobs.begin('train', `Training ${name}`);
    if (checkpoint.resume) state.checkpoint = id;
    const { horizons, trustedFraction } = EvaluateOptions.parse({});
    const handle = startTraining(
      this.host,
      {
        ...{ name, rig, options, last, checkpoint },
        channels: commonChannels(chosen),
        episodes: await loadEpisodes(this.log, chosen),
        folder: join(this.log.folder, 'models'),
        ...(from === null ? {} : { fromModel: this.fileOf(from) }),
        ...(verdict === 'full' ? { horizons, report: { trustedFraction } } : { horizons: HORIZONS }),
      },
      {
        onProgress: (progress) => {
          this.#jobs.note(state, progress);
          onProgress?.(progress);
        },
        onCheckpoint: () => {
          state.checkpoint = id;
        },
      },
    );
    const cancel = () => handle.cancel();
    const done = this.#jobs.follow(state, cancel, () =>
      this.#keep(
        handle.result.catch((thrown: unknown) => {
          throw resumable(asForesightError(thrown), state.checkpoint);
        }),
      ),
    );
    return { job: state.id, done, cancel, checkpoint: () => state.checkpoint };
  }

  async #keep(trained: Promise<{ summary: ModelSummary }>): Promise<{ result: ModelSummary; model: string }> {
    const { summary } = await trained;
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

  /**
   * The full verdict on a model, on the given episodes or on all of its rig's. It is kept as the model's own, and with it
   * the recalibration of its spread.
   */
  async evaluate(input: EvaluateInput, onProgress?: (progress: TrainProgress) => void): Promise<Evaluation> {
    const record = await this.record(input.model);
    const chosen = await chooseEpisodes(this.log, { episodes: input.episodes, rig: record.rig });
    requireChannels(summaryOf(record), chosen);
    const loaded = await loadEpisodes(this.log, chosen);
    const state = this.#jobs.begin('evaluate', `Evaluating ${record.name}`);
    const handle = startEvaluation(
      this.host,
      {
        modelFile: this.fileOf(record.hash),
        episodes: input.last > 0 ? splitEpisodes(loaded, input.last).last : loaded,
        horizons: input.horizons,
        report: { trustedFraction: input.trustedFraction },
      },
      {
        onProgress: (progress) => {
          this.#jobs.note(state, progress);
          onProgress?.(progress);
        },
      },
    );
    return this.#jobs.follow(
      state,
      () => handle.cancel(),
      async () => {
        const evaluation = await handle.result;
        await this.log.updateModel(record.hash, { evaluation });
        return { result: evaluation, model: record.hash };
      },
    );
  }

  /** Errors alone, at chosen horizons, and without keeping the result as the model's verdict. */
  async judge(hash: string, episodes: number[], horizons: number[]): Promise<Evaluation> {
    const chosen = await chooseEpisodes(this.log, { episodes });
    requireChannels(summaryOf(await this.record(hash)), chosen);
    const loaded = await loadEpisodes(this.log, chosen);
    return startEvaluation(this.host, { modelFile: this.fileOf(hash), episodes: loaded, horizons }).result;
  }

  async rename(model: string, name: string): Promise<void> {
    await this.log.updateModel((await this.record(model)).hash, { name });
    this.#jobs.changed();
  }

  /** Writes the ONNX file and compares it with the app's own predictions on recorded steps. */
  async export(
    model: string,
    file?: string,
  ): Promise<{ file: string; largestDifference: number; steps: number }> {
    const record = await this.record(model);
    const target =
      file ?? join(this.log.folder, 'exports', `${fileName(record.name)}-${record.hash.slice(0, 8)}.onnx`);
    const chosen = await chooseEpisodes(this.log, { rig: record.rig });
    requireChannels(summaryOf(record), chosen);
    return startExport(this.host, {
      modelFile: this.fileOf(record.hash),
      file: target,
      episodes: await loadEpisodes(this.log, chosen.slice(-EPISODES_CHECKED)),
    });
  }

  jobs(): JobState[] {
    return this.#jobs.states();
  }

  cancel(job: number): void {
    this.#jobs.cancel(job);
  }

  cancelAll(): void {
    this.#jobs.cancelAll();
  }

  progress(signal?: AbortSignal): AsyncGenerator<JobState[], void, void> {
    return this.#jobs.progress(signal);
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }
}

/** What the log keeps of a model, as everybody sees it. */
export function summaryOf(record: ModelRecord): ModelSummary {
  const summary = ModelSummary.parse(record.metrics);
  const evaluation = Evaluation.nullable().parse(record.evaluation);
  // What training found is on steps that it kept out; an evaluation on steps it learned from knows no better.
  const recalibration = summary.recalibration ?? recalibrationOf(evaluation, summary);
  return { ...summary, name: record.name, evaluation, recalibration };
}

/** What ended from outside says how to go on; what failed by itself would fail again. */
function resumable(error: ForesightError, checkpoint: string | null): ForesightError {
  if (checkpoint === null || (error.code !== 'cancelled' && error.code !== 'internal')) return error;
  const next = `Go on where it was with: foresight train --resume ${checkpoint}`;
  return new ForesightError(error.code, error.message, next, { cause: error });
}
