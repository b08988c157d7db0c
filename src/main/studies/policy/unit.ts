import { type PolicyStudyFile, type PolicyUnit, variantTraining } from '../../../shared/policy-study';
import { Random } from '../../../shared/random';
import { learn } from '../../policy/learn';
import { loadRig } from '../../rig';
import { rigPath } from '../common/unit-file';
import { timeActions } from './action-time';
import { plannerReference } from './reference';

/** One variant of a study with one seed. */
export interface PolicyOrder {
  study: PolicyStudyFile;
  variant: string;
  seed: number;
  /** Of the study's file, which a rig's path is relative to. */
  folder: string;
}

/** Everything of one variant with one seed. @throws whatever stops it */
export async function runPolicyUnit(
  { study, variant, seed, folder }: PolicyOrder,
  threads: number,
  say: (words: string) => void,
): Promise<PolicyUnit> {
  const began = performance.now();
  const { rig: name, task, algorithm, history, engine } = variantTraining(study, variant);
  const rig = await loadRig(rigPath(name, folder));
  // The same starts for every variant and at every point.
  const starts = new Random(seed).fork('evaluation').integer(2 ** 31);
  const { learned, curve, notes } = await learn({
    ...{ rig, task: task ?? rig.file.task, options: algorithm, seed, engine, threads, history },
    ...{ where: 'simulation', recorded: [], evaluate: { ...study.evaluate, seed: starts } },
    signal: new AbortController().signal,
    onProgress: ({ steps, stepsInAll, updates }) =>
      say(`${steps} of ${stepsInAll} steps, ${updates} updates`),
  });
  const wallSeconds = (performance.now() - began) / 1000;
  const planner =
    algorithm.name === 'distil'
      ? await plannerReference({ rig, task: task ?? rig.file.task, history, engine }, algorithm, {
          ...{ actor: learned.actor, episodes: study.evaluate.episodes, starts, seed },
        })
      : null;
  return {
    ...{ variant, seed, curve, notes, steps: learned.steps, updates: learned.updates },
    ...{ planner, wallSeconds },
    actionMs: await timeActions(rig.file, history, learned.actor, engine),
  };
}
