import { ForesightError } from '../../shared/errors';
import { latentRigFile } from '../../shared/eyes';
import type { PolicyEvaluation } from '../../shared/policy';
import type { Rig } from '../../shared/rig';
import { mean } from '../../shared/statistics';
import { meanInterval } from '../../shared/student';
import type { TaskFile } from '../../shared/task';
import type { Eyes } from '../dynamics/types';
import type { Engine } from '../tensor';
import { policySpace } from './representation/space';
import type { Actor } from './representation/types';
import type { EndedEpisode } from './types';
import { simulatedWorld } from './world/simulated';

export interface EvaluationRequest {
  rig: Rig;
  task: TaskFile;
  /** Observations in a state of the policy. */
  history: number;
  actor: Actor;
  /** Of one that acts by pictures. */
  eyes?: Eyes | undefined;
  episodes: number;
  /** The same seed, the same starts. */
  seed: number;
  engine: Engine;
  signal?: AbortSignal;
  onEpisode?: (ended: EndedEpisode, done: number) => void;
}

/**
 * A policy without exploration in the simulation of its rig.
 * @throws ForesightError wrong-use for a rig without a simulation and for no episode, cancelled
 */
export async function evaluatePolicy(request: EvaluationRequest): Promise<PolicyEvaluation> {
  const { rig, task, history, actor, eyes, episodes, seed, engine, signal, onEpisode } = request;
  if (episodes < 1) {
    throw new ForesightError(
      'wrong-use',
      'No episode says nothing about a policy.',
      'Ask for at least one; ten or more tell how sure the mean is.',
    );
  }
  const space = policySpace(eyes ? latentRigFile(rig.file, eyes.summary) : rig.file, history);
  const world = await simulatedWorld(rig, task, { space, engine, seed, eyes });
  try {
    let done = 0;
    const ended = await world.evaluate(actor, episodes, seed, (episode) => {
      onEpisode?.(episode, ++done);
      if (signal?.aborted)
        throw new ForesightError('cancelled', 'The evaluation was cancelled.', 'Start it again.');
    });
    return evaluationOf('simulation', seed, ended);
  } finally {
    await world.close();
  }
}

/** What episodes without exploration come to. */
export function evaluationOf(
  where: PolicyEvaluation['where'],
  seed: number,
  ended: readonly EndedEpisode[],
): PolicyEvaluation {
  const returns = ended.map((episode) => episode.return);
  const judged = ended.filter(({ success }) => success !== null);
  const successes = judged.filter(({ success }) => success).length;
  return {
    ...(judged.length > 0 && { success: successes / judged.length }),
    ...{ where, seed, returns, steps: ended.map(({ steps }) => steps) },
    ...{ mean: mean(returns), interval: meanInterval(returns), evaluatedAt: Date.now() },
  };
}
