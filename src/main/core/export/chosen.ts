import type { EpisodeSummary } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import type { Log } from '../../log/types';

/** Named ones, or all of a rig or with a tag. */
export interface ExportChoice {
  episodes?: number[] | undefined;
  rig?: string | undefined;
  tag?: string | undefined;
}

/** Those that have a step; named ones must. @throws not-found, wrong-use: of several rigs */
export async function chosenForExport(
  log: Pick<Log, 'episodes'>,
  { episodes, rig, tag }: ExportChoice,
): Promise<EpisodeSummary[]> {
  const usable = (
    await log.episodes({ rig, numbers: episodes, tags: tag === undefined ? undefined : [tag] })
  ).filter(({ steps, state }) => steps > 0 && state !== 'recording');
  if (episodes === undefined) return requireOneRig(usable);
  const byId = new Map(usable.map((episode) => [episode.id, episode]));
  return episodes.map((id) => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    throw new ForesightError(
      'not-found',
      `There is no episode ${id} with a step in this workspace.`,
      'List them with: foresight episode list.',
    );
  });
}

function requireOneRig(episodes: EpisodeSummary[]): EpisodeSummary[] {
  const rigs = [...new Set(episodes.map(({ rig }) => rig))];
  if (rigs.length <= 1) return episodes;
  throw new ForesightError(
    'wrong-use',
    `The workspace has episodes of ${rigs.join(', ')}.`,
    'Say which are wanted: --rig or --episodes.',
  );
}
