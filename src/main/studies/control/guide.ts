import { byLearnedReward } from '../../../shared/eyes';
import type { AlgorithmOptions } from '../../../shared/policy';
import { Random } from '../../../shared/random';
import type { TaskFile } from '../../../shared/task';
import type { Core } from '../../core';
import { summaryOf } from '../../core/models';
import { policyFileOf, shelve } from '../../core/policy-shelf';
import { chooseEpisodes, stretchesOf } from '../../core/training-episodes';
import { sourceOf } from '../../dynamics/data/episode-source';
import { readModel } from '../../dynamics/model-file';
import { trainThreads } from '../../dynamics/threads';
import type { DynamicsModel } from '../../dynamics/types';
import { version } from '../../installation/version';
import { stepsToLearn } from '../../jobs/steps-to-learn';
import { workspacePaths } from '../../log/workspace';
import { keptPolicy } from '../../policy/keep';
import { learn } from '../../policy/learn';
import { recordedSteps } from '../../policy/recorded';
import { readPolicy, writePolicy } from '../../policy/representation/policy-file';
import { policySpace } from '../../policy/representation/space';

/**
 * The policy that serves a planner: learned from the steps that a model was learned from, in that model, and kept in the workspace.
 * It acts nowhere, so what is recorded stays the same.
 * @returns its hash
 */
export async function learnGuide(
  core: Core,
  options: AlgorithmOptions,
  {
    model: wanted,
    task,
    seed,
    from = null,
    say,
  }: {
    model: string;
    task: TaskFile;
    seed: number;
    /** Hash of the policy that it goes on from. */
    from?: string | null;
    say(words: string): void;
  },
): Promise<string> {
  const { rig } = core.rig.require();
  const summary = summaryOf(await core.models.record(wanted));
  const { history } = summary.options;
  const model = await readModel(core.models.fileOf(summary.hash));
  const { transitions, notes: left } = await stepsOf(core, model, task);
  const own = new Random(seed).fork(`guide ${wanted}`).integer(2 ** 31);
  const algorithm = model.eyes ? byLearnedReward(options) : options;
  const { learned, curve, notes, seconds } = await learn({
    ...{ rig, task, options: algorithm, seed: own, engine: summary.options.engine, history },
    threads: trainThreads(),
    ...{ where: 'recorded', recorded: transitions, model },
    ...(from !== null && { begin: await readPolicy(policyFileOf(core.log, from)) }),
    signal: new AbortController().signal,
    onProgress: ({ steps, stepsInAll }) => say(`a policy for the planner, ${steps} of ${stepsInAll}`),
  });
  const about = {
    ...{ name: 'guide', algorithm, seed: own, history, task, learnedIn: 'model' as const },
    ...{ episodes: summary.episodes, model: summary.hash, from, curve, trainSeconds: seconds },
    notes: [...left, ...notes],
  };
  const policy = keptPolicy(rig.file, learned, about, model.eyes);
  await writePolicy(policy, workspacePaths(core.log.folder).policies, version);
  await shelve(core.log, policy.summary);
  return policy.summary.hash;
}

/** What the model learned from, as steps; of one of pictures between the states that it infers. */
async function stepsOf(
  core: Core,
  model: DynamicsModel,
  task: TaskFile,
): Promise<ReturnType<typeof recordedSteps>> {
  const { rig } = core.rig.require();
  const { summary } = model;
  const { history } = summary.options;
  if (model.eyes) {
    const stretches = stretchesOf(await chooseEpisodes(core.log, { episodes: summary.episodes }));
    return stepsToLearn({ rig, task, history }, model, { workspace: core.log.folder, stretches });
  }
  const episodes = await Promise.all(
    summary.episodes.map(async (id) => ({ id, columns: await core.log.columns(id) })),
  );
  return recordedSteps({ rig, task, space: policySpace(rig.file, history) }, sourceOf(episodes));
}
