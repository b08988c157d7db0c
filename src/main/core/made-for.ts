import { asForesightError, type ForesightError } from '../../shared/errors';
import type { Rig } from '../../shared/rig';
import type { RunCheck } from '../../shared/safety/checks';
import type { Log } from '../log/types';
import type { Models } from './models';
import { policyOf, requirePolicyFits } from './policy-shelf';
import { madeForCheck } from './run-checks';

/** Whether what is to drive a rig was made for it, of each that is named. */
export async function madeForChecks(
  { log, models }: { log: Log; models: Models },
  rig: Rig,
  { model, policy }: { model?: string | undefined; policy?: string | undefined },
): Promise<RunCheck[]> {
  const against = (fits: () => Promise<void>): Promise<ForesightError | null> =>
    fits().then(
      () => null,
      (thrown: unknown) => asForesightError(thrown),
    );
  const fitsModel = async (name: string) => models.requireFits(await models.record(name), rig);
  const fitsPolicy = async (name: string) => requirePolicyFits((await policyOf(log, name)).summary, rig);
  return [
    ...(model ? [madeForCheck('model', model, await against(() => fitsModel(model)))] : []),
    ...(policy ? [madeForCheck('policy', policy, await against(() => fitsPolicy(policy)))] : []),
  ];
}
