import { join, resolve } from 'node:path';
import type { EvaluateInput } from '../../shared/contract';
import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { misfit } from '../../shared/fits';
import {
  Evaluation,
  type JobState,
  type JudgedOn,
  ModelSummary,
  type TrainProgress,
} from '../../shared/model';
import type { Rig } from '../../shared/rig';
import { isTested, recalibrationOf } from '../../shared/verdict';
import { requireChannels } from '../dynamics/data/same-channels';
import { learnedBy, splitStretches, stepsIn, unseenStretches } from '../dynamics/data/stretches';
import { eyesFiles } from '../dynamics/latent/export-eyes';
import { type OwnKind, requireReplaceable } from '../files/replace';
import { startEvaluation, startExport } from '../jobs';
import type { LoggedEpisodes } from '../jobs/episodes';
import { modelPath } from '../log';
import type { Log, ModelRecord } from '../log/types';
import { requireOutside, workspacePaths } from '../log/workspace';
import type { Host } from '../processes/port';
import { isOurModel } from '../tensor/onnx/model';
import { fileName } from './file-name';
import { findKept } from './find-kept';
import type { JobList } from './job-list';
import { chooseEpisodes, stretchesOf } from './training-episodes';
import { Trainings } from './trainings';

const EXPORT: OwnKind = { what: 'an exported model', isOne: isOurModel };

/** Newest episodes whose steps an exported file is checked on. */
const EPISODES_CHECKED = 20;

/** Learned models of the workspace: finding them, judging them, handing them over; training them: `trainings`. */
export class Models {
  readonly trainings: Trainings;
  readonly #jobs: JobList;

  constructor(
    private readonly host: Host,
    private readonly log: Log,
    jobs: JobList,
  ) {
    this.#jobs = jobs;
    this.trainings = new Trainings(host, log, jobs, (model) => this.record(model));
  }

  async list(): Promise<ModelSummary[]> {
    return (await this.log.models()).map(summaryOf);
  }

  /** By hash, unambiguous beginning of a hash, or name; the newest of that name. @throws as findKept */
  async record(model: string): Promise<ModelRecord> {
    const none = 'Train one first: foresight train, or the room Models.';
    return findKept(await this.log.models(), model, { kind: 'model', none });
  }

  fileOf(hash: string): string {
    return modelPath(this.log.folder, hash);
  }

  /** Throws when the model was learned on other channels than the rig has. */
  requireFits(record: ModelRecord, rig: Rig): void {
    const summary = summaryOf(record);
    const found = misfit(summary, rig.file);
    if (found) {
      throw new ForesightError(
        'bad-data',
        `The model "${summary.name}" was learned on the ${found.what} ${found.learned}; the rig ${rig.file.name} has ${found.has}.`,
        'Choose a model that was trained on this rig, or train one.',
      );
    }
  }

  /**
   * The full verdict on a model, on the given episodes or on all of its rig's that are new to it. It is kept as the model's
   * own, and with it the recalibration of its spread, unless the model has been tested and this one tells less: on some
   * episodes only, or on what it learned from.
   */
  async evaluate(input: EvaluateInput, onProgress?: (progress: TrainProgress) => void): Promise<Evaluation> {
    const record = await this.record(input.model);
    const { episodes, kind } = await this.#toJudge(record, input);
    const state = this.#jobs.begin('evaluate', `Evaluating ${record.name}`);
    const handle = startEvaluation(
      this.host,
      {
        modelFile: this.fileOf(record.hash),
        ...{ episodes, kind, horizons: input.horizons },
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
        const everything = input.episodes === undefined && input.last === 0;
        await this.#keep(record, evaluation, everything);
        return { result: evaluation, model: record.hash };
      },
    );
  }

  /** Errors alone, at chosen horizons. They are the model's verdict as long as it has not been tested in any other way. */
  async judge(hash: string, episodes: number[], horizons: number[]): Promise<Evaluation> {
    const record = await this.record(hash);
    const asked = { ...(await this.#toJudge(record, { episodes, last: 0 })), horizons };
    const job = { modelFile: this.fileOf(hash), ...asked };
    const evaluation = await this.#jobs.unwatched(startEvaluation(this.host, job));
    await this.#keep(record, evaluation, false);
    return evaluation;
  }

  /** What a model is judged on, and whether it is new to it. */
  async #toJudge(
    record: ModelRecord,
    { episodes, last }: Pick<EvaluateInput, 'episodes' | 'last'>,
  ): Promise<{ episodes: LoggedEpisodes; kind: JudgedOn['kind'] }> {
    const summary = summaryOf(record);
    const chosen = await chooseEpisodes(this.log, { episodes, rig: record.rig });
    requireSeen(summary, chosen);
    const all = stretchesOf(chosen);
    const asked = last > 0 ? splitStretches(all, last).last : all;
    const unseen = unseenStretches(asked, learnedBy(summary));
    const isNew = stepsIn(unseen) === stepsIn(asked);
    const onUnseen = isNew || (episodes === undefined && stepsIn(unseen) > 0);
    return {
      episodes: { workspace: this.log.folder, stretches: onUnseen ? unseen : asked },
      kind: onUnseen ? 'unseen' : 'learned',
    };
  }

  /** @param everything it was judged on all that is new to it */
  async #keep({ hash }: ModelRecord, evaluation: Evaluation, everything: boolean): Promise<void> {
    const known = summaryOf(await this.record(hash)).evaluation;
    const better = isTested(evaluation) && everything;
    if (known !== null && isTested(known) && !better) return;
    await this.log.updateModel(hash, { evaluation });
  }

  async rename(model: string, name: string): Promise<void> {
    await this.log.updateModel((await this.record(model)).hash, { name });
    this.#jobs.changed();
  }

  /**
   * Writes the ONNX file and compares it with the app's own predictions on recorded steps.
   * @param options.file where to; the folder "exports" of the workspace when left out
   * @throws wrong-use when something else than an earlier export is there and nobody said `force`, or the workspace itself
   */
  async export(
    model: string,
    { file, force }: { file?: string | undefined; force?: boolean | undefined } = {},
  ): Promise<{ file: string; largestDifference: number; steps: number }> {
    const record = await this.record(model);
    const own = `${fileName(record.name)}-${record.hash.slice(0, 8)}.onnx`;
    const target = file ? resolve(file) : join(workspacePaths(this.log.folder).exports, own);
    requireOutside(this.log.folder, target);
    const beside = summaryOf(record).eyes ? Object.values(eyesFiles(target)) : [];
    for (const one of [target, ...beside]) await requireReplaceable(one, EXPORT, { force });
    const chosen = await chooseEpisodes(this.log, { rig: record.rig });
    const summary = summaryOf(record);
    requireSeen(summary, chosen);
    const { name, evaluation, recalibration } = summary;
    const job = {
      modelFile: this.fileOf(record.hash),
      ...{ file: target, known: { name, evaluation, recalibration } },
      episodes: { workspace: this.log.folder, stretches: stretchesOf(chosen.slice(-EPISODES_CHECKED)) },
    };
    return this.#jobs.unwatched(startExport(this.host, job));
  }

  /** Tells every window that its list is out of date. */
  changed(): void {
    this.#jobs.changed();
  }

  jobs(): JobState[] {
    return this.#jobs.states();
  }

  cancel(job: number): void {
    this.#jobs.cancel(job);
  }

  /** Whatever is being trained or judged is cancelled, and so is what is on its way. */
  stopForGood(): void {
    this.#jobs.stopForGood();
  }

  progress(signal?: AbortSignal): AsyncGenerator<JobState[], void, void> {
    return this.#jobs.progress(signal);
  }

  close(): Promise<void> {
    return this.#jobs.close();
  }
}

/** Episodes with the channels that a model was learned on; of pictures it is found out when they are read. @throws bad-data */
function requireSeen(summary: ModelSummary, chosen: readonly EpisodeSummary[]): void {
  const [first] = chosen;
  if (summary.eyes && first) requireChannels({ ...summary, observations: first.observations }, chosen);
  else requireChannels(summary, chosen);
}

/** What the log keeps of a model, as everybody sees it. */
export function summaryOf(record: ModelRecord): ModelSummary {
  const summary = ModelSummary.parse(record.metrics);
  const evaluation = Evaluation.nullable().parse(record.evaluation);
  // The newest factors that were found on steps which were new to the model.
  const recalibration = recalibrationOf(evaluation, summary) ?? summary.recalibration;
  return { ...summary, name: record.name, evaluation, recalibration };
}
