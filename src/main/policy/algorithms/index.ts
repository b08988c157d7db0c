import type { AlgorithmName, AlgorithmOptions } from '../../../shared/policy';
import type { Algorithm } from '../types';
import { sac } from './sac';

/** Every algorithm there is, by the name in its options (shared/policy-options). */
const ALGORITHMS: { [Name in AlgorithmName]: Algorithm<Name> } = { sac };

/** The algorithm of these options, which takes them: both have the same name. */
export const algorithm = ({ name }: AlgorithmOptions): Algorithm<AlgorithmName> =>
  ALGORITHMS[name] as Algorithm<AlgorithmName>;
