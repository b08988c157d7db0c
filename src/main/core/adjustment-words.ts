import { PropagationOptions } from '../../shared/plan';
import type { TaskFile } from '../../shared/task';
import type { PlanSetup } from '../plan/types';

type Adjustable = Pick<PlanSetup, 'propagation' | 'task'>;

/** What is another between two setups, for whoever reads the events: "Pessimism λ 1 → 3, reward now exp(-x)."; null for nothing. */
export function adjustmentWords(was: Adjustable, is: Adjustable): string | null {
  const keys = Object.keys(PropagationOptions.shape) as (keyof PropagationOptions)[];
  const judging = keys
    .filter((key) => was.propagation[key] !== is.propagation[key])
    .map((key) => {
      const title = PropagationOptions.shape[key].meta()?.title ?? key;
      return `${title} ${was.propagation[key]} → ${is.propagation[key]}`;
    });
  const parts = [...judging, ...taskWords(was.task, is.task)];
  return parts.length === 0 ? null : `${parts.join(', ')}.`;
}

function taskWords(was: TaskFile, is: TaskFile): string[] {
  const words: string[] = [];
  const say = (key: keyof TaskFile, what: string) => {
    if (was[key] !== is[key]) words.push(what);
  };
  say('name', `task now "${is.name}"`);
  for (const name of new Set([...Object.keys(was.let ?? {}), ...Object.keys(is.let ?? {})])) {
    const [before, now] = [was.let?.[name], is.let?.[name]];
    if (before !== now) words.push(now === undefined ? `no variable ${name}` : `${name} now ${now}`);
  }
  say('reward', `reward now ${is.reward}`);
  say(
    'termination',
    is.termination === '' ? 'nothing ends an episode early' : `ends where ${is.termination}`,
  );
  say('success', is.success === undefined ? 'nothing counts as success' : `success is ${is.success}`);
  say('maxSteps', `${is.maxSteps} steps an episode at most`);
  say(
    'maxReturn',
    is.maxReturn === undefined ? 'largest return not known' : `largest return ${is.maxReturn}`,
  );
  return words;
}
