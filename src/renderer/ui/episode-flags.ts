import type { ListedEpisode } from '../../shared/episode-list';
import { formatCount } from './format';

export interface Flag {
  text: string;
  colour: string;
  why: string;
}

/** What makes an episode doubtful, worst first; nothing for a clean one. */
export function flagsOf(episode: ListedEpisode): Flag[] {
  const flags: Flag[] = [];
  const add = (when: boolean, text: string, colour: string, why: string) => {
    if (when) flags.push({ text, colour, why });
  };
  const { missedPlans, overruns, guardInterventions } = episode;
  add(episode.deletedAt !== null, 'deleted', 'gray', 'Deleted; undo brings it back');
  add(episode.state === 'recording', 'recording', 'red', 'Being recorded now');
  add(
    episode.state === 'interrupted',
    'interrupted',
    'orange',
    'It ended without being closed: a crash or a lost rig',
  );
  add(episode.state === 'discarded', 'discarded', 'gray', 'Discarded while it was recorded');
  add(missedPlans > 0, `${missedPlans} missed`, 'yellow', `${formatCount(missedPlans, 'plan')} came late`);
  add(
    overruns > 0,
    formatCount(overruns, 'overrun'),
    'yellow',
    `${formatCount(overruns, 'tick')} came later than a period`,
  );
  add(guardInterventions > 0, `${guardInterventions} guard`, 'blue', 'The guard changed that many commands');
  return flags;
}
