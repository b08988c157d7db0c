import type { EngineName } from '../../../shared/model-options';
import type { AlgorithmOptionsOf } from '../../../shared/policy';
import type { PolicyUnit } from '../../../shared/policy-study';
import type { Rig } from '../../../shared/rig';
import { quantile } from '../../../shared/statistics';
import type { TaskFile } from '../../../shared/task';
import { policySpace } from '../../policy/representation/space';
import type { Actor } from '../../policy/representation/types';
import { planningTeacher } from '../../policy/teacher';
import type { Teacher } from '../../policy/types';
import { simulatedWorld } from '../../policy/world/simulated';
import { openEngineOrDefault } from '../../tensor';

/** What the planner that taught a policy earns from the same starts, how long it thinks, and what random motion earns from them. */
export async function plannerReference(
  { rig, task, history, engine: name }: { rig: Rig; task: TaskFile; history: number; engine: EngineName },
  options: AlgorithmOptionsOf<'distil'>,
  { actor, episodes, starts, seed }: { actor: Actor; episodes: number; starts: number; seed: number },
): Promise<NonNullable<PolicyUnit['planner']>> {
  const engine = await openEngineOrDefault(name);
  const space = policySpace(rig.file, history);
  const planner = await planningTeacher({ rig, task, space, options, model: null, engine, seed });
  const world = await simulatedWorld(rig, task, { space, engine, seed });
  const times: number[] = [];
  const teacher: Teacher = {
    async advise(now) {
      const began = performance.now();
      const advice = await planner.advise(now);
      times.push(performance.now() - began);
      return advice;
    },
  };
  try {
    const ended = await world.drive({ kind: 'taught', teacher, share: 1, actor }, episodes, starts);
    const random = await world.drive({ kind: 'random' }, episodes, starts);
    return {
      returns: ended.map((episode) => episode.return),
      random: random.map((episode) => episode.return),
      ...{ median: quantile(times, 0.5), p99: quantile(times, 0.99) },
    };
  } finally {
    await Promise.all([planner.close(), world.close()]);
  }
}
