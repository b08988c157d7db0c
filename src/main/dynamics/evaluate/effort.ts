import type { ClassOptions } from '../../../shared/model-options';
import { predictedMembers } from '../classes';
import type { DynamicsModel, NamedArray } from '../types';

/** Floating-point operations of one step of one member, about: two a number in its arrays. */
export function stepCost(arrays: Record<string, NamedArray>): number {
  const numbers = Object.values(arrays).reduce((sum, { values }) => sum + values.length, 0);
  return (2 * numbers) / Math.max(1, predictedMembers(arrays));
}

/** The same for a draw, which of some classes is many evaluations of the network. */
export function drawCost({ summary }: DynamicsModel, arrays: Record<string, NamedArray>): number {
  return stepCost(arrays) * samplerSteps(summary.options.class);
}

function samplerSteps(options: ClassOptions): number {
  if (options.name === 'diffusion') return options.samplerSteps;
  // A step along the gradient of an energy is the network there and back.
  if (options.name === 'energy') return options.candidates + 3 * options.langevinSteps;
  return 1;
}

/** Operations that a part of a verdict may take: a few seconds on a laptop. */
const BUDGET = 2e11;

/** Of a model that is dear to roll out, the spread is followed for fewer steps instead of from too few starts. */
const LONG_BUDGET = 3 * BUDGET;

/** Steps ahead that fit the budget, `least` at least. */
export function affordableSteps(costAStep: number, least: number): number {
  return Math.max(least, Math.floor(LONG_BUDGET / Math.max(1, costAStep)));
}

/** How many starts fit the budget, from `least` to `most`. The same for the same model, whatever the machine. */
export function affordable(costAStart: number, least: number, most: number): number {
  return Math.round(Math.min(most, Math.max(least, BUDGET / Math.max(1, costAStart))));
}
