import type { ListedEpisode } from '../../shared/episode-list';
import type { TaskFile } from '../../shared/task';

type Ending = Pick<ListedEpisode, 'state' | 'source' | 'terminated' | 'steps' | 'reason'>;

/**
 * How an episode ended, in words: "pole fell at step 19", "held: 10 plans in a row came late, at step 40".
 * @param task of its rig, where that is known
 */
export function endingWords(
  { state, source, terminated, steps, reason }: Ending,
  task?: Pick<TaskFile, 'terminationWords' | 'maxSteps'>,
): string {
  if (state === 'recording') return 'still recorded';
  const why = shortReason(reason);
  if (state === 'interrupted') {
    if (why === null) return `interrupted at step ${steps}`;
    return why.startsWith('held') ? `${why}, at step ${steps}` : `interrupted at step ${steps}: ${why}`;
  }
  // A log from elsewhere ends; it does not say why.
  if (source === 'import') return 'not known';
  if (terminated) return `${task?.terminationWords ?? "the task's termination"} at step ${steps}`;
  if (why === STEP_LIMIT || (reason.trim() === '' && task && steps >= task.maxSteps))
    return `whole length, ${steps} steps`;
  if (why === null) return `ended by hand or step limit at step ${steps}`;
  return `${why}${why.includes(':') ? ',' : ''} at step ${steps}`;
}

/** The log's reason as part of a sentence; null where it has none, or says more than one sentence. */
export function shortReason(reason: string): string | null {
  const why = reason.trim().replace(/\.$/, '');
  if (why === '' || why.includes('. ')) return null;
  // "STOP" and "USB" stay as they are.
  return /^[A-Z][a-z]|^[A-Z] /.test(why) ? `${why.charAt(0).toLowerCase()}${why.slice(1)}` : why;
}

/** As the log has it of an episode that nothing else ended. */
const STEP_LIMIT = 'it reached its step limit';
