import type { ModelLayout } from '../../dynamics/layout';
import type { RolloutChoice } from '../source';

/**
 * Sizes of one rollout graph. Row i · particles + p is particle p of candidate i. Rows lie in `groups` equal blocks,
 * block m being predicted by member m; where a row lies at a step is its "place". Rows beyond candidates × particles
 * only fill the blocks.
 */
export interface RolloutShape extends RolloutChoice {
  /** Members that predict: all, or 1 where one is drawn for the whole plan. */
  groups: number;
  /** Rows in each block. */
  rowsPerGroup: number;
  layout: ModelLayout;
  /** Standard-normal numbers a row and step, when `noise` is on. */
  noiseWidth: number;
  /** Functions that rows believe (RolloutChoice); 0 where the model knows of none, or all rows are quiet. */
  functions: number;
  /** [observations] standard deviation of every channel in the model's data; 0: it never changed. */
  spread: Float64Array;
  /** [observations][low, high], null where there is no limit. */
  observationLimits: readonly (readonly [number, number] | null)[];
}

export const placesOf = (shape: RolloutShape): number => shape.groups * shape.rowsPerGroup;

/** Whether rows change their places between steps; with one member there is nobody to change with. */
export const shuffles = ({ members, groups }: RolloutShape): boolean => members === 'step' && groups > 1;
