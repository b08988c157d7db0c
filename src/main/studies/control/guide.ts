import type { AlgorithmOptions } from '../../../shared/policy';
import { Random } from '../../../shared/random';
import type { Rig } from '../../../shared/rig';
import { rigChannels } from '../../../shared/rig-channels';
import type { TaskFile } from '../../../shared/task';
import type { Core } from '../../core';
import { summaryOf } from '../../core/models';
import { collectTransitions } from '../../dynamics/data/transitions';
import { stateAfter, stateWidth } from '../../dynamics/layout';
import { readModel } from '../../dynamics/model-file';
import type { TrainingEpisode } from '../../dynamics/types';
import { version } from '../../installation/version';
import { workspacePaths } from '../../log/workspace';
import { keptPolicy } from '../../policy/keep';
import { learn } from '../../policy/learn';
import type { Transition } from '../../policy/replay';
import { writePolicy } from '../../policy/representation/policy-file';
import { type PolicySpace, policySpace, toUnit } from '../../policy/representation/space';
import { compileTask } from '../../task';

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
    say,
  }: { model: string; task: TaskFile; seed: number; say(words: string): void },
): Promise<string> {
  const { rig } = core.rig.require();
  const summary = summaryOf(await core.models.record(wanted));
  const { history } = summary.options;
  const space = policySpace(rig.file, history);
  const episodes = await Promise.all(
    summary.episodes.map(async (id) => ({ id, columns: await core.log.columns(id) })),
  );
  const own = new Random(seed).fork(`guide ${wanted}`).integer(2 ** 31);
  const { learned, curve, notes, seconds } = await learn({
    ...{ rig, task, options, seed: own, engine: summary.options.engine, threads: 1, history },
    ...{ where: 'recorded', recorded: transitionsOf(rig, task, space, episodes) },
    model: await readModel(core.models.fileOf(wanted)),
    signal: new AbortController().signal,
    onProgress: ({ steps, stepsInAll }) => say(`a policy for the planner, ${steps} of ${stepsInAll}`),
  });
  const policy = keptPolicy(rig.file, learned, {
    ...{ name: 'guide', algorithm: options, seed: own, history, task, learnedIn: 'model' },
    ...{ episodes: summary.episodes, model: summary.hash, from: null, curve, trainSeconds: seconds, notes },
  });
  await writePolicy(policy, workspacePaths(core.log.folder).policies, version);
  const { hash, name, createdAt, evaluation } = policy.summary;
  await core.log.addPolicy({
    hash,
    name,
    createdAt,
    rig: rig.file.name,
    summary: policy.summary,
    evaluation,
  });
  return hash;
}

/** The steps that a model learns from, with the rewards and ends of a task. */
function transitionsOf(
  { file }: Rig,
  task: TaskFile,
  space: PolicySpace,
  episodes: readonly TrainingEpisode[],
): Transition[] {
  const { layout } = space;
  const { reward, terminated } = compileTask(task, file);
  const table = collectTransitions(rigChannels(file), episodes, {
    history: layout.history,
    rewardHead: false,
  });
  const [width, actions, observations] = [stateWidth(layout), layout.actions, layout.angles.length];
  return Array.from({ length: table.count }, (_, row) => {
    const state = Float32Array.from(table.states.subarray(row * width, (row + 1) * width));
    const action = table.actions.subarray(row * actions, (row + 1) * actions);
    const before = table.states.subarray(row * width, row * width + observations);
    const after = before.map((value, i) => value + table.targets[row * observations + i]);
    const ended = terminated(before, action, after);
    return {
      ...{ state, action: toUnit(space, action), reward: reward(before, action, after), terminated: ended },
      next: stateAfter(layout, state, Float32Array.from(action), Float32Array.from(after)),
      last: ended || table.following[row] === -1,
    };
  });
}
