import { optionFields, optionTitle } from '../../shared/option-fields';
import {
  ALGORITHM_OPTIONS,
  ALGORITHMS,
  type AlgorithmName,
  AlgorithmOptions,
  type AlgorithmTraits,
} from '../../shared/policy';

/** An algorithm that learns a policy, as forms offer it. */
export interface OfferedAlgorithm {
  name: AlgorithmName;
  title: string;
  description: string;
  fields: ReturnType<typeof optionFields>;
  traits: AlgorithmTraits;
}

export const OFFERED: OfferedAlgorithm[] = ALGORITHM_OPTIONS.map((schema) => {
  const name = schema.shape.name.value;
  return { name, ...optionTitle(schema), fields: optionFields(schema), traits: ALGORITHMS[name] };
});

/** Algorithm that forms begin with. */
export const USUAL_ALGORITHM: AlgorithmName = 'sac';

/** Options that were changed, by the name of their algorithm; what is left out has its default. */
export type ChangedOptions = Record<string, Record<string, unknown>>;

/** The one of that name; what another version kept may be called otherwise. */
export function algorithmOf(name: string, offered: readonly OfferedAlgorithm[] = OFFERED): OfferedAlgorithm {
  const found = [name, USUAL_ALGORITHM].map((wanted) => offered.find((one) => one.name === wanted));
  return found.find((one) => one !== undefined) ?? (OFFERED[0] as OfferedAlgorithm);
}

/** Its options in hand, defaults included. */
export function optionsOf({ name }: OfferedAlgorithm, changed: ChangedOptions): Record<string, unknown> {
  return { ...AlgorithmOptions.parse({ name }), ...changed[name] };
}

/** "SAC", by its name in options. */
export const algorithmTitle = (name: string): string =>
  OFFERED.find((one) => one.name === name)?.title ?? name;
