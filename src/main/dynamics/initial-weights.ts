import type { TrainOptions } from '../../shared/model';
import type { Random } from '../../shared/random';
import { inputCount, type NetworkLayout } from './network';
import type { NamedArray } from './types';

/** Where the soft bounds on the log variance begin, normalised units (PETS, mbrl-lib). */
const INITIAL_LOG_VARIANCE = { min: -10, max: 0.5 };

/**
 * Weights before training, every member its own: kernels from a normal distribution with standard deviation
 * 1 / (2 √inputs), truncated at two of them (as PETS), biases zero.
 */
export function initialWeights(
  layout: NetworkLayout,
  options: Pick<TrainOptions, 'members' | 'hiddenLayers' | 'hiddenUnits'>,
  random: Random,
): Map<string, NamedArray> {
  const { members, hiddenLayers, hiddenUnits } = options;
  const observations = layout.angles.length;
  const weights = new Map<string, NamedArray>();
  for (let layer = 0; layer <= hiddenLayers; layer++) {
    const inputs = layer === 0 ? inputCount(layout) : hiddenUnits;
    const units = layer === hiddenLayers ? 2 * observations : hiddenUnits;
    const kernel = new Float32Array(members * inputs * units);
    const deviation = 1 / (2 * Math.sqrt(inputs));
    for (let i = 0; i < kernel.length; i++) kernel[i] = deviation * truncatedNormal(random);
    weights.set(`layer${layer}/kernel`, { shape: [members, inputs, units], values: kernel });
    weights.set(`layer${layer}/bias`, filled([members, 1, units], 0));
  }
  weights.set('logVariance/min', filled([members, 1, observations], INITIAL_LOG_VARIANCE.min));
  weights.set('logVariance/max', filled([members, 1, observations], INITIAL_LOG_VARIANCE.max));
  return weights;
}

function truncatedNormal(random: Random): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

function filled(shape: number[], value: number): NamedArray {
  return { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
}
