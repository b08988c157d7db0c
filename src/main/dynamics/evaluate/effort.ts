import { modelClass, predictedMembers } from '../classes';
import { modelLayout, targetCount } from '../layout';
import type { DynamicsModel, NamedArray } from '../types';

/**
 * Floating-point operations of one step of one member, about: two a number in its arrays, and once more for every step of
 * its sampler where it has one (which shows in the noise that a sample takes).
 */
export function stepCost(model: DynamicsModel, arrays: Record<string, NamedArray>): number {
  const { options } = model.summary;
  const layout = modelLayout(model.summary);
  const numbers = Object.values(arrays).reduce((sum, { values }) => sum + values.length, 0);
  const noise = modelClass(options.class.name).noiseWidth(layout, options.class);
  const samplerSteps = Math.max(1, noise / targetCount(layout));
  return (2 * numbers * samplerSteps) / Math.max(1, predictedMembers(arrays));
}

/** Operations that a part of a verdict may take: a few seconds on a laptop. */
const BUDGET = 2e11;

/** How many starts fit the budget, from `least` to `most`. The same for the same model, whatever the machine. */
export function affordable(costAStart: number, least: number, most: number): number {
  return Math.round(Math.min(most, Math.max(least, BUDGET / Math.max(1, costAStart))));
}
