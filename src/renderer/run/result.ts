import type { EpisodeTotals, ListedEpisode } from '../../shared/episode-list';
import type { TaskFile } from '../../shared/task';
import type { EndedRun } from '../live/live';
import { endingWords, shortReason } from '../ui/episode-ending';
import { formatCount, formatDuration, formatNumber, groupDigits } from '../ui/format';

/** What a run came to, in words. */
export interface Result {
  /** The episode that ended last. */
  episode: number;
  return: string;
  steps: string;
  /** How long that was. */
  duration: string;
  /** How it ended, one sentence. */
  ending: string;
  missed: number;
  /** "Success" or, with several episodes, "Success in 4 of 5."; null where nothing judged them. */
  success: string | null;
  /** "Episode 2 of 5, return 30 to 200": with several episodes only. */
  episodes: string | null;
  /** It did not come to its end: interrupted, or a rig that was lost. */
  cut: boolean;
}

/**
 * What the log has of a run; null until it has its last episode, and what all of the run come to.
 * @param own what the episodes of the run come to; of no use for one that belongs to none
 * @param task of its rig, where that is known
 */
export function resultOf(
  ran: EndedRun,
  last: ListedEpisode | undefined,
  own: EpisodeTotals | undefined,
  task: Pick<TaskFile, 'terminationWords' | 'maxSteps'> | undefined,
): Result | null {
  if (!last || last.id !== ran.episode || last.state === 'recording') return null;
  if (last.run !== null && own === undefined) return null;
  return {
    episode: last.id,
    return: formatNumber(last.return, 5),
    steps: groupDigits(last.steps),
    duration: formatDuration(last.steps * last.periodSeconds),
    ending: endingSentence(last, endingWords(last, task)),
    missed: own?.missedPlans ?? last.missedPlans,
    success: successWords(last, own),
    episodes: ran.wanted > 1 ? severalWords(ran, own) : null,
    cut: last.state === 'interrupted',
  };
}

function successWords({ outcome }: ListedEpisode, own: EpisodeTotals | undefined): string | null {
  if (own !== undefined && own.judged > 1) return `Success in ${own.successes} of ${own.judged} episodes.`;
  if (outcome !== 'success' && outcome !== 'failure') return null;
  return outcome === 'success' ? 'The task was done at its end.' : 'The task was not done at its end.';
}

/** As a sentence, with all of the reason where it did not come to its end. */
function endingSentence({ state, reason }: ListedEpisode, words: string): string {
  const sentence = `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
  const said = reason === '' || shortReason(reason) !== null;
  return state === 'interrupted' && !said ? `${sentence} ${reason}` : sentence;
}

function severalWords({ begun, wanted, learned }: EndedRun, own: EpisodeTotals | undefined): string {
  // A run that learns ends by its steps, not by how many episodes were wanted.
  const of = learned ? formatCount(begun, 'episode') : `${begun} of ${formatCount(wanted, 'episode')}`;
  if (own === undefined || own.returns < 2) return `${of}.`;
  const [least, greatest] = [formatNumber(own.leastReturn, 3), formatNumber(own.greatestReturn, 3)];
  return `${of}, returns from ${least} to ${greatest}.`;
}
