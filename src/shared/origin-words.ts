import { z } from 'zod';
import type { EpisodeOrigin } from './episode';

const Task = z.object({ reward: z.string(), termination: z.string().nullish() });
const Planned = z.object({ planner: z.object({ method: z.string() }) });

/** What an episode was recorded with, a sentence each, as far as it is known. */
export function originWords({ software, seed, task, run }: EpisodeOrigin): string[] {
  const version =
    software === null ? 'by a version of Foresight that is not known' : `by Foresight ${software}`;
  const asked = Task.safeParse(task).data;
  const planner = Planned.safeParse(run?.settings).data?.planner.method;
  const parts = [
    run?.model && `model ${named(run.model)}`,
    run?.policy && `policy ${named(run.policy)}`,
    planner && `planner ${planner}`,
  ].filter((part) => typeof part === 'string');
  return [
    `Recorded ${version}${seed === null ? '' : `, seed ${seed}`}.`,
    ...(asked
      ? [`Task: reward ${asked.reward}${asked.termination ? `, ends where ${asked.termination}` : ''}.`]
      : []),
    ...(run === null ? [] : [`${[`Run ${run.id}`, ...parts].join(', ')}.`]),
  ];
}

const named = ({ hash, name }: { hash: string; name: string | null }) =>
  `${name ?? 'that is not here any more'} (${hash.slice(0, 8)})`;
