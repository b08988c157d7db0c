import { ForesightError } from '../../shared/errors';
import { byLearnedReward, type Eyes } from '../../shared/eyes';
import { DEFAULT_ENGINE } from '../../shared/model-options';
import { type PolicyProgress, PolicySummary } from '../../shared/policy';
import { type PolicyCheckpointInfo, PolicyTrainInput } from '../../shared/policy-training';
import type { Rig } from '../../shared/rig';
import { rigChannels } from '../../shared/rig-channels';
import type { TaskFile } from '../../shared/task';
import { requireChannels } from '../dynamics/data/same-channels';
import { startLearning } from '../jobs';
import {
  listPolicyCheckpoints,
  prunePolicyCheckpoints,
  readPolicyCheckpoint,
} from '../jobs/policy-checkpoint';
import type { PolicyCheckpointJob } from '../jobs/types';
import type { Log } from '../log/types';
import { workspacePaths } from '../log/workspace';
import type { Host } from '../processes/port';
import { compileTask } from '../task';
import { Checkpoints, endedEarly } from './checkpoints';
import { episodesAsked } from './datasets';
import type { JobList } from './job-list';
import { type Models, summaryOf } from './models';
import { policyFileOf, policyRecord, requirePolicyFits, shelve } from './policy-shelf';
import { requireUse } from './policy-use';
import type { RigDesk } from './rig-desk';
import { standIn } from './stand-in';
import { chooseEpisodes, type EpisodePart, partsByNow, stretchesOf } from './training-episodes';
import type { TrainingRun } from './trainings';

export interface PolicySurroundings {
  host: Host;
  log: Log;
  jobs: JobList;
  rigs: Pick<RigDesk, 'load'>;
  models: Models;
}

export type PolicyTrainingRun = Omit<TrainingRun, 'done'> & { done: Promise<PolicySummary> };

/** Trainings of policies: they begin, go on after an interruption, and leave a policy. */
export class PolicyTrainings {
  readonly #checkpoints: Checkpoints<PolicyCheckpointInfo, 'savedAt' | 'steps' | 'secondsElapsed'>;

  constructor(private readonly around: PolicySurroundings) {
    this.#checkpoints = new Checkpoints(workspacePaths(around.log.folder).policyCheckpoints, {
      ...{ list: listPolicyCheckpoints, prune: prunePolicyCheckpoints, read: readPolicyCheckpoint },
      start: 'foresight policy train',
    });
  }

  async train(
    asked: PolicyTrainInput,
    onProgress?: (progress: PolicyProgress) => void,
  ): Promise<PolicyTrainingRun> {
    const { dataset: _, split: __, ...input } = PolicyTrainInput.parse(asked);
    // By their numbers from now on: what the data set becomes later is no business of a training that is under way.
    input.episodes = await episodesAsked(this.around.log, asked, 'train');
    const ground = await this.#ground(input);
    const { name } = input;
    const rig = ground.rig.file.name;
    const checkpoint = await this.#checkpoints.begin({ name, rig, asked: { ...input, rig: ground.place } });
    return this.#start(checkpoint, input, ground, onProgress);
  }

  /**
   * Goes on with an interrupted training.
   * @param training id or file of its checkpoint, the newest when left out
   */
  async resume(
    training?: string,
    onProgress?: (progress: PolicyProgress) => void,
  ): Promise<PolicyTrainingRun> {
    const checkpoint = await this.#checkpoints.find(training);
    const { id, asked } = checkpoint.info;
    if (this.around.jobs.isResumed(id)) {
      throw new ForesightError(
        'busy',
        `The training "${id}" is running.`,
        'Wait for it, or cancel it first.',
      );
    }
    return this.#start(checkpoint, asked, await this.#ground(asked), onProgress);
  }

  /**
   * Has a policy go on learning in a model of pictures, from parts of episodes, also of one that is still running, beside a run. It is
   * neither judged nor kept to be resumed: what decides is how the run goes on.
   */
  async practise({
    name,
    rig,
    task,
    policy,
    model,
    updates,
    seed,
    parts,
  }: Practice): Promise<PolicyTrainingRun> {
    const { log, models } = this.around;
    const { hash, history, algorithm } = policy;
    const stretches = await partsByNow(log, parts);
    return this.#follow({
      ...{ name, rig, task, seed, history, where: 'model', engine: DEFAULT_ENGINE },
      algorithm: byLearnedReward({ ...algorithm, steps: updates }),
      episodes: { workspace: log.folder, stretches },
      ...{ modelFile: models.fileOf(model), beginFile: policyFileOf(log, hash) },
      ground: { episodes: parts.map(({ episode }) => episode), model, from: hash },
      ...{ evaluation: null, evaluateEvery: 0, folder: workspacePaths(log.folder).policies },
    });
  }

  checkpoints(): Promise<PolicyCheckpointInfo[]> {
    return this.#checkpoints.list();
  }

  /** What it learns on, looked at before anything is begun. @throws ForesightError with what is wrong */
  async #ground(input: PolicyTrainInput): Promise<Ground> {
    const { log, rigs, models } = this.around;
    const model = input.model === undefined ? null : await models.record(input.model);
    const eyes = model && summaryOf(model).eyes;
    requireUse(input, eyes);
    const rig = await rigs.load(input.rig);
    const task = input.task ?? rig.file.task;
    requireReward(task, rig);
    if (model) models.requireFits(model, rig);
    const from = input.from === undefined ? null : await this.#goesOnFrom(input.from, rig, eyes);
    const wanted = input.episodes !== undefined || input.where !== 'simulation';
    const chosen = wanted ? await chooseEpisodes(log, { ...input, rig: rig.file.name }) : [];
    requireChannels({ ...rigChannels(rig.file), name: rig.file.name }, chosen, 'rig');
    const place = rig.builtIn ? rig.file.name : rig.folder;
    const acts = input.where === 'simulation';
    const simulated = acts ? await standIn(rig) : await standIn(rig, eyes).catch(() => null);
    const known = { model: model?.hash ?? null, from, sees: eyes !== null };
    return { ...{ rig, place, task, simulated, episodes: chosen }, ...known };
  }

  /** @returns the policy's hash @throws ForesightError not-found; bad-data of another rig; wrong-use of one that sees otherwise */
  async #goesOnFrom(wanted: string, rig: Rig, eyes: Eyes | null): Promise<string> {
    const { hash, name, summary } = await policyRecord(this.around.log, wanted);
    const from = PolicySummary.parse(summary);
    requirePolicyFits(from, rig);
    if ((from.eyes === null) === (eyes === null)) return hash;
    const [acts, learns] = eyes ? ['channels', 'pictures'] : ['pictures', 'channels'];
    throw new ForesightError(
      'wrong-use',
      `The policy "${name}" acts by ${acts}, and what is to go on from it would act by ${learns}.`,
      'Choose a policy and a model that both see the same, or let it begin anew.',
    );
  }

  #start(
    checkpoint: PolicyCheckpointJob,
    asked: PolicyTrainInput,
    { rig, task, simulated, model, from, sees, episodes }: Ground,
    onProgress?: (progress: PolicyProgress) => void,
  ): PolicyTrainingRun {
    const { log, models } = this.around;
    const { name } = checkpoint.info;
    const { seed, history, where, engine, evaluation, evaluateEvery } = asked;
    const algorithm = sees ? byLearnedReward(asked.algorithm) : asked.algorithm;
    return this.#follow(
      {
        ...{ name, task, algorithm, seed, history, where, engine, evaluateEvery, checkpoint },
        rig: simulated ?? rig,
        episodes: episodes.length > 0 ? { workspace: log.folder, stretches: stretchesOf(episodes) } : null,
        modelFile: model === null ? null : models.fileOf(model),
        beginFile: from === null ? null : policyFileOf(log, from),
        ground: { episodes: episodes.map((episode) => episode.id), model, from },
        evaluation: simulated ? evaluation : null,
        folder: workspacePaths(log.folder).policies,
      },
      onProgress,
    );
  }

  /** Begins it and puts it on the list of jobs; what comes of it is put among the policies. */
  #follow(
    learning: Parameters<typeof startLearning>[1],
    onProgress?: (progress: PolicyProgress) => void,
  ): PolicyTrainingRun {
    const { host, jobs } = this.around;
    const { name, checkpoint } = learning;
    const state = jobs.begin('learn-policy', `Learning ${name}`);
    const kept = checkpoint?.info.id ?? null;
    if (checkpoint?.resume) state.checkpoint = kept;
    const handle = startLearning(host, learning, {
      onProgress: (progress) => {
        jobs.notePolicy(state, progress);
        onProgress?.(progress);
      },
      onCheckpoint: () => {
        state.checkpoint = kept;
      },
    });
    const cancel = () => handle.cancel();
    const result = checkpoint
      ? handle.result.catch((thrown: unknown) => {
          throw endedEarly(thrown, state, checkpoint, 'foresight policy train --resume');
        })
      : handle.result;
    const done = jobs.follow(state, cancel, () => this.#keep(result));
    return { job: state.id, done, cancel, checkpoint: () => state.checkpoint };
  }

  async #keep(
    learned: Promise<{ summary: PolicySummary }>,
  ): Promise<{ result: PolicySummary; policy: string }> {
    const { summary } = await learned;
    await shelve(this.around.log, summary);
    return { result: summary, policy: summary.hash };
  }
}

/** A policy that is to go on learning. */
interface Practice {
  /** What the new one is called. */
  name: string;
  rig: Rig;
  task: TaskFile;
  policy: Pick<PolicySummary, 'hash' | 'history' | 'algorithm'>;
  /** Hash of the model, which sees as the policy does or learned on from one that did. */
  model: string;
  updates: number;
  seed: number;
  parts: readonly EpisodePart[];
}

interface Ground {
  rig: Rig;
  /** Where the rig is found again. */
  place: string;
  task: TaskFile;
  /** What it acts in, or is evaluated in; null where there is none. */
  simulated: Rig | null;
  /** Hash of the model that it is given. */
  model: string | null;
  /** Hash of the policy that it goes on from. */
  from: string | null;
  /** It is a model of pictures, and so the policy acts by them. */
  sees: boolean;
  episodes: Awaited<ReturnType<typeof chooseEpisodes>>;
}

/** @throws bad-formula for formulas that do not fit the rig, bad-data for a task that nothing can be earned in */
function requireReward(task: TaskFile, rig: Rig): void {
  if (task.reward.trim() === '') {
    throw new ForesightError(
      'bad-data',
      `The task "${task.name}" of the rig ${rig.file.name} has no reward, so there is nothing to learn from.`,
      'Write one in the room Task, or as "reward" of "task" in rig.json.',
    );
  }
  compileTask(task, rig.file);
}
