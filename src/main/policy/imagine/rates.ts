import { ALGORITHMS, type AlgorithmName } from '../../../shared/policy';
import type { RigFile } from '../../../shared/rig';

/**
 * What the guard does to actions and what is imagined knows nothing of, as a sentence; null on a rig whose actions may change as
 * fast as they like, and for a method that imagines nothing.
 */
export function unimaginedRates({ actions }: Pick<RigFile, 'actions'>, name: AlgorithmName): string | null {
  const { model } = ALGORITHMS[name];
  const rated = actions.filter(({ ratePerSecond }) => ratePerSecond !== undefined);
  if (rated.length === 0 || (model !== 'required' && model !== 'itself')) return null;
  const which = rated.map((one) => `${one.name} (${one.ratePerSecond} ${one.unit} a second)`).join(', ');
  return `What was imagined knows of no limit on how fast actions may change: ${which}. The guard slows down what goes faster.`;
}
