import type { EpisodeSummary } from '../../shared/episode';
import type { TaskFile } from '../../shared/task';

type Ending = Pick<EpisodeSummary, 'state' | 'source' | 'terminated' | 'steps' | 'reason'>;

/**
 * How an episode ended, in words: "pole fell at step 19".
 * @param task of its rig, where that is known
 */
export function endingWords(
  { state, source, terminated, steps, reason }: Ending,
  task?: Pick<TaskFile, 'terminationWords' | 'maxSteps'>,
): string {
  if (state === 'recording') return 'still recorded';
  if (state === 'interrupted') return `interrupted at step ${steps}`;
  // A log from elsewhere ends; it does not say why.
  if (source === 'import') return 'not known';
  if (terminated) return `${task?.terminationWords ?? "the task's termination"} at step ${steps}`;
  const why = reason.trim().replace(/\.$/, '');
  if (why === STEP_LIMIT || (why === '' && task && steps >= task.maxSteps))
    return `whole length, ${steps} steps`;
  if (why === '' || why.includes('. ')) return `ended by hand or step limit at step ${steps}`;
  return `${why.charAt(0).toLowerCase()}${why.slice(1)} at step ${steps}`;
}

/** As the log has it of an episode that nothing else ended. */
const STEP_LIMIT = 'It reached its step limit';
