import { latentRigFile, latentTask } from '../../shared/eyes';
import type { Rig } from '../../shared/rig';
import type { TaskFile } from '../../shared/task';
import { stepsIn } from '../dynamics/data/stretches';
import type { DynamicsModel } from '../dynamics/types';
import { type RecordedSteps, recordedSteps } from '../policy/recorded';
import { type PolicySpace, policySpace } from '../policy/representation/space';
import { type JobEpisodes, openEpisodes } from './episodes';
import { openFor } from './latent-episodes';

/**
 * What recorded episodes have to teach a policy. With a model of pictures its steps are between the latent states that it infers, and
 * their rewards are the recorded ones.
 * @param requireRoom is told how many steps there will be, before they are read
 * @throws ForesightError as recordedSteps; of pictures as readSeen
 */
export async function stepsToLearn(
  { rig, task, history }: { rig: Rig; task: TaskFile; history: number },
  model: DynamicsModel | null,
  episodes: JobEpisodes,
  requireRoom: (space: PolicySpace, recorded: number) => void = () => undefined,
): Promise<RecordedSteps> {
  const eyes = model?.eyes;
  const file = eyes ? latentRigFile(rig.file, eyes.summary) : rig.file;
  const space = policySpace(file, history);
  const opened = model ? await openFor(model, episodes) : openEpisodes(episodes);
  try {
    requireRoom(space, stepsIn(opened.stretches));
    const recording = { rig: { file }, task: eyes ? latentTask(task, eyes.summary) : task, space };
    return recordedSteps({ ...recording, rewardsAsRecorded: eyes !== undefined }, opened);
  } finally {
    opened.close();
  }
}
