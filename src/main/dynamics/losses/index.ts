import { ForesightError } from '../../../shared/errors';
import type { LossName, TrainOptions } from '../../../shared/model-options';
import { modelClass } from '../classes';
import { dad } from './dad';
import { kStep } from './k-step';
import { oneStep } from './one-step';
import type { LossMethod } from './types';

/** Every loss by name. Options and titles: shared/model-options.ts. */
const LOSSES: { [Name in LossName]?: LossMethod<Name> } = {
  'one-step': oneStep,
  'k-step': kStep,
  dad,
};

/** The loss of this name. Its functions take the options of that loss, which a caller has beside the name. */
export function lossMethod(name: LossName): LossMethod {
  const found = LOSSES[name];
  if (found === undefined) throw new RangeError(`there is no loss "${name}"`);
  return found as unknown as LossMethod;
}

/**
 * What is drawn for every mini-batch anew needs a class that learns from mini-batches.
 * @throws wrong-use
 */
export function requireSampling(options: TrainOptions): void {
  const { class: chosen, inputNoise, recencyHalfLife } = options;
  if (modelClass(chosen.name).kind === 'gradient') return;
  const asked = [
    ...(inputNoise > 0 ? ['noise on its inputs'] : []),
    ...(recencyHalfLife > 0 ? ['a recency half-life'] : []),
  ];
  if (asked.length === 0) return;
  throw new ForesightError(
    'wrong-use',
    `The model class "${chosen.name}" learns from all transitions at once, so it cannot have ${asked.join(' or ')}.`,
    'Leave that option at 0, or choose a class that learns from mini-batches, such as "ensemble".',
  );
}
