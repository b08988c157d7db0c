import { type Misfit, misfit } from '../../shared/fits';
import type { ModelSummary } from '../../shared/model';
import type { PolicySummary } from '../../shared/policy';
import type { RigFile } from '../../shared/rig';
import type { ActivityState, LinkState } from '../../shared/telemetry';
import type { RunForm } from './run-form';

/** Why a run cannot be started, as a sentence for beside the button; null where it can. */
export function startProblem({
  phase,
  activity,
  dynamics,
  model,
  policy = null,
  rig,
  wrong,
}: {
  phase: LinkState['phase'] | undefined;
  activity: ActivityState['kind'] | undefined;
  dynamics: RunForm['dynamics'];
  model: ModelSummary | undefined;
  /** What a policy is needed for, and which one is chosen; null where none is needed. */
  policy?: { drives: boolean; chosen: PolicySummary | undefined } | null;
  rig: RigFile;
  /** A number of the form that is out of its range. */
  wrong: string | null;
}): string | null {
  const unready = rigProblem({ phase, activity });
  if (unready !== null) return unready;
  if (policy) {
    if (!policy.chosen) return 'Choose a policy, or learn one in the room Models.';
    const found = misfit(policy.chosen, rig);
    if (found) return misfitWords('policy', policy.chosen, rig, found);
  }
  if (dynamics === 'model') {
    if (!model) return policy?.drives ? wrong : 'Choose a model.';
    const found = misfit(model, rig);
    if (found) return misfitWords('model', model, rig, found);
  }
  return wrong;
}

/** Why the rig cannot be moved now, by whomever. */
export function rigProblem({
  phase,
  activity,
}: {
  phase: LinkState['phase'] | undefined;
  activity: ActivityState['kind'] | undefined;
}): string | null {
  if (activity === 'recording') return 'A recording is going on.';
  if (phase === 'lost' || phase === 'closed' || phase === 'opening')
    return 'The rig was lost: reconnect first.';
  if (phase !== 'ready' && phase !== 'running')
    return 'The rig is not ready to move. Use Resume in the bar above.';
  return null;
}

function misfitWords(
  kind: 'model' | 'policy',
  from: ModelSummary | PolicySummary,
  rig: RigFile,
  { what, learned, has }: Misfit,
): string {
  const why =
    what === 'control period' ? `a control period of ${learned}, here it is ${has}` : `other ${what}`;
  return `“${from.name}” is a ${kind} of ${from.rig} and not of ${rig.name}: it was learned on ${why}. Choose another one, or train one on this rig.`;
}

/** Models or policies as they are offered: those that fit the rig first, each the newest first. */
export function offered<Learned extends ModelSummary | PolicySummary>(
  all: readonly Learned[],
  rig: RigFile,
): { fitting: Learned[]; others: Learned[] } {
  const newest = all.toSorted((a, b) => b.createdAt - a.createdAt);
  const own = ({ rig: learnedOn }: Learned) => Number(learnedOn === rig.name);
  return {
    fitting: newest.filter((one) => misfit(one, rig) === null).toSorted((a, b) => own(b) - own(a)),
    others: newest.filter((one) => misfit(one, rig) !== null),
  };
}
