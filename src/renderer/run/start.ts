import { type Misfit, misfit } from '../../shared/fits';
import type { ModelSummary } from '../../shared/model';
import type { RigFile } from '../../shared/rig';
import type { ActivityState, LinkState } from '../../shared/telemetry';
import type { RunForm } from './run-form';

/** Why a run cannot be started, as a sentence for beside the button; null where it can. */
export function startProblem({
  phase,
  activity,
  dynamics,
  model,
  rig,
  wrong,
}: {
  phase: LinkState['phase'] | undefined;
  activity: ActivityState['kind'] | undefined;
  dynamics: RunForm['dynamics'];
  model: ModelSummary | undefined;
  rig: RigFile;
  /** A number of the form that is out of its range. */
  wrong: string | null;
}): string | null {
  if (activity === 'recording') return 'A recording is going on.';
  if (phase === 'lost' || phase === 'closed' || phase === 'opening')
    return 'The rig was lost: reconnect first.';
  if (phase !== 'ready' && phase !== 'running')
    return 'The rig is not ready to move. Use Resume in the bar above.';
  if (dynamics === 'model') {
    if (!model) return 'Choose a model.';
    const found = misfit(model, rig);
    if (found) return misfitWords(model, rig, found);
  }
  return wrong;
}

function misfitWords(model: ModelSummary, rig: RigFile, { what, learned, has }: Misfit): string {
  const why =
    what === 'control period' ? `a control period of ${learned}, here it is ${has}` : `other ${what}`;
  return `“${model.name}” is a model of ${model.rig} and not of ${rig.name}: it was learned on ${why}. Choose another one, or train one on this rig.`;
}

/** Models as they are offered: those that fit the rig first, each the newest first. */
export function offeredModels(
  models: readonly ModelSummary[],
  rig: RigFile,
): { fitting: ModelSummary[]; others: ModelSummary[] } {
  const newest = models.toSorted((a, b) => b.createdAt - a.createdAt);
  const own = ({ rig: learnedOn }: ModelSummary) => Number(learnedOn === rig.name);
  return {
    fitting: newest.filter((model) => misfit(model, rig) === null).toSorted((a, b) => own(b) - own(a)),
    others: newest.filter((model) => misfit(model, rig) !== null),
  };
}
