import { ForesightError } from '../../../shared/errors';
import { type PlannerOptions, wantsGuide } from '../../../shared/plan';
import type { TaskFile } from '../../../shared/task';
import type { ModelLayout } from '../../dynamics/layout';
import { type PolicySpace, policySpace } from '../../policy/representation/space';
import type { Policy } from '../../policy/representation/types';
import type { FormulaChannels } from '../../task';
import { type ValueAtEnd, valueAtEnd } from './value-at-end';

/** A policy beside a planner: what comes after the horizon is worth what it says, and it proposes what to try. */
export interface Guide {
  policy: Policy;
  space: PolicySpace;
  /** Null where the planner does not ask for it. */
  value: ValueAtEnd | null;
  /** Sequences that it proposes for a plan. */
  proposals: number;
}

type Asked = Pick<PlannerOptions, 'terminalValue' | 'proposals'>;

/**
 * The policy as this planner uses it on this model; null where it asks for none.
 * @throws wrong-use with a sentence where there is no policy, where it is one of other channels, of another history or limits of
 *   actions, and, where its value is asked for, where it has none or has learned it for another task
 */
export function guideOf(
  { terminalValue, proposals }: Asked,
  policy: Policy | null,
  rig: { channels: FormulaChannels; layout: ModelLayout; task: TaskFile; actionLimits: [number, number][] },
): Guide | null {
  if (!wantsGuide({ terminalValue, proposals })) return null;
  if (policy === null) {
    throw wrongUse(
      `The planner is to use ${terminalValue ? "a policy's value where its horizon ends" : "a policy's proposals"}, and no policy was chosen.`,
      'Choose a policy for it, or switch that off among the options of the planner.',
    );
  }
  requireSameRig(policy, rig);
  if (terminalValue) requireValue(policy, rig.task);
  const space = policySpace(policy.summary, policy.summary.history);
  return { policy, space, value: terminalValue ? valueAtEnd(policy, space) : null, proposals };
}

function requireSameRig(
  { summary }: Policy,
  { channels, layout, actionLimits }: Parameters<typeof guideOf>[2],
): void {
  const { name, observations, actions, history } = summary;
  const what = { observations: 'observation', actions: 'action' } as const;
  for (const kind of ['observations', 'actions'] as const) {
    const own = { observations, actions }[kind].map((channel) => channel.name);
    const wanted = channels[kind].map((channel) => channel.name);
    const at = wanted.findIndex((one, i) => own[i] !== one);
    if (at < 0 && own.length === wanted.length) continue;
    throw wrongUse(
      `The policy "${name}" was learned on ${summary.rig} and is none for this rig: as ${what[kind]} ${Math.max(at, 0) + 1} it has ${quoted(own[Math.max(at, 0)])}, and the planner has ${quoted(wanted[Math.max(at, 0)])}.`,
      'Choose a policy that was learned on this rig.',
    );
  }
  if (history !== layout.history) {
    throw wrongUse(
      `The policy "${name}" sees ${plural(history, 'observation')} at a time, and the model predicts from ${plural(layout.history, 'observation')}.`,
      `Choose a policy with a history of ${layout.history}, or a model with one of ${history}.`,
    );
  }
  const other = actions.find(({ limits }, a) =>
    limits.some((limit, side) => limit !== actionLimits[a]?.[side]),
  );
  if (other) {
    throw wrongUse(
      `The policy "${name}" gives "${other.name}" as a share of ${other.limits.join(' … ')}, and the rig has other limits now.`,
      'Choose a policy that was learned with the limits of this rig, or train it anew.',
    );
  }
}

function requireValue({ summary, value }: Policy, task: TaskFile): void {
  if (value === null) {
    throw wrongUse(
      `The policy "${summary.name}" has no value of a state, which the planner is to use where its horizon ends.`,
      'Choose a policy that was trained with a value, such as by "fitted-value", or switch "Value at the end" off.',
    );
  }
  // Bounds of an episode do not change what a state is worth in the same reward.
  const meaning = ({ let: variables, reward, termination }: TaskFile) =>
    JSON.stringify([variables ?? {}, reward, termination ?? '']);
  if (meaning(task) !== meaning(summary.task)) {
    throw wrongUse(
      `The value of the policy "${summary.name}" is in the reward of its own task "${summary.task.name}", and the plan is for another one.`,
      `Train a policy for the task "${task.name}", or switch "Value at the end" off.`,
    );
  }
}

const quoted = (name: string | undefined): string => (name === undefined ? 'none' : `"${name}"`);
const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
const wrongUse = (message: string, next: string) => new ForesightError('wrong-use', message, next);
