import type { LossName } from '../../../shared/model-options';
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
