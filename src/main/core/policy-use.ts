import { ForesightError } from '../../shared/errors';
import type { Eyes } from '../../shared/eyes';
import { ALGORITHMS } from '../../shared/policy';
import type { PolicyTrainInput } from '../../shared/policy-training';
import { requireGoesOn } from '../policy/going-on';

/**
 * @param eyes of the model that it is given, where that learned from pictures
 * @throws ForesightError wrong-use for what the algorithm has no use for, or cannot do without
 */
export function requireUse(input: PolicyTrainInput, eyes: Eyes | null): void {
  const { where, episodes, from } = input;
  const { name } = input.algorithm;
  const { offline, onPolicy } = ALGORITHMS[name];
  if (where === 'recorded' && !offline) {
    throw new ForesightError(
      'wrong-use',
      `The algorithm "${name}" cannot learn from recorded episodes alone: it has to act.`,
      'Let it act in the simulation, or choose another algorithm (foresight policy train --help).',
    );
  }
  if (episodes !== undefined && onPolicy && where !== 'model') {
    throw new ForesightError(
      'wrong-use',
      `The algorithm "${name}" learns only from what it did by itself, so episodes are of no use to it.`,
      'Leave the episodes out, or choose another algorithm.',
    );
  }
  if (from !== undefined) requireGoesOn(name);
  if (eyes === null) requireModelUse(input);
  else requireUseOfPictures(input);
}

/** @throws wrong-use for what cannot be done in the latent states of a model */
function requireUseOfPictures({ algorithm, where, model }: PolicyTrainInput): void {
  const refuse = (what: string, next: string) =>
    new ForesightError('wrong-use', `The model "${model}" learned from pictures: ${what}`, next);
  if (where === 'simulation') {
    throw refuse(
      'a policy learns in the model itself, or from what was recorded.',
      'Let it act in the model (--where model), or learn from recorded episodes alone (--where recorded).',
    );
  }
  if (algorithm.name !== 'distil' || algorithm.planOn === 'model') return;
  throw refuse(
    'where the rig truly is, which a planner on the simulator has to know, is not told there.',
    'Have the planner that teaches plan in the model (--plan-on model).',
  );
}

/** @throws wrong-use without a model where one is needed, and for one that nothing would be done with */
function requireModelUse({ algorithm, where, model }: PolicyTrainInput): void {
  const { model: models } = ALGORITHMS[algorithm.name];
  const plansOnModel = algorithm.name === 'distil' && algorithm.planOn === 'model';
  const required = where === 'model' || models === 'required' || plansOnModel;
  if (model === undefined && required) {
    const does = where === 'model' ? 'acts' : plansOnModel ? 'has a planner that plans' : 'learns';
    throw new ForesightError(
      'wrong-use',
      `The algorithm "${algorithm.name}" ${does} in a model of the rig here, and none was named.`,
      'Name one of "foresight models" with --model.',
    );
  }
  if (model === undefined || required || models === 'itself') return;
  const [because, instead] =
    models === 'planner'
      ? ['has a planner that plans on the simulator', 'let it plan on the model (planOn)']
      : ['learns without a model', 'let the policy act in it (where)'];
  throw new ForesightError(
    'wrong-use',
    `The algorithm "${algorithm.name}" ${because}, so the model "${model}" is of no use to it.`,
    `Leave the model out, or ${instead}.`,
  );
}
