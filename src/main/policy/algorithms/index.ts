import type { AlgorithmName, AlgorithmOptions } from '../../../shared/policy';
import type { Algorithm } from '../types';
import { clone } from './clone';
import { crossq } from './crossq';
import { distil } from './distil';
import { fittedValue } from './fitted-value';
import { mbpo } from './mbpo';
import { modelGradient } from './model-gradient';
import { reinforce } from './reinforce';
import { sac } from './sac';
import { td3 } from './td3';

/** Every algorithm there is, by the name in its options (shared/policy-options). */
const ALGORITHMS: { [Name in AlgorithmName]: Algorithm<Name> } = {
  ...{ mbpo, reinforce, sac, td3, crossq },
  ...{ clone, distil },
  'fitted-value': fittedValue,
  'model-gradient': modelGradient,
};

/** The algorithm of these options, which takes them: both have the same name. */
export const algorithm = ({ name }: AlgorithmOptions): Algorithm<AlgorithmName> =>
  ALGORITHMS[name] as Algorithm<AlgorithmName>;
