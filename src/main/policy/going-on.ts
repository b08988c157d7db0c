import { ForesightError } from '../../shared/errors';
import { ALGORITHMS, type AlgorithmName } from '../../shared/policy';

/** @throws ForesightError wrong-use for an algorithm that has no use for the weights of another policy */
export function requireGoesOn(name: AlgorithmName): void {
  if (ALGORITHMS[name].goesOn) return;
  const others = Object.entries(ALGORITHMS).flatMap(([other, { goesOn }]) => (goesOn ? `"${other}"` : []));
  throw new ForesightError(
    'wrong-use',
    `"${name}" cannot go on from another policy.`,
    `Let it begin anew, or choose ${others.join(' or ')}.`,
  );
}
