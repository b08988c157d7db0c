import { ForesightError } from '../../shared/errors';
import type { TrainOptions } from '../../shared/model-options';
import { bytesAStep } from '../dynamics/data/step-rows';
import { modelLayout, stateWidth, targetCount } from '../dynamics/layout';
import { MAX_CORRECTED } from '../dynamics/losses/dad';
import type { ModelChannels } from '../dynamics/types';

/** A training process with its threads and engines, before it has any data. */
const BASE_BYTES = 450e6;
/** Of a step of which not all weigh alike: its weight, and its places in the passes of five members. */
const WEIGHED_BYTES = 8 + 5 * 4;

/** About how much memory the process of a training takes at most. */
export function bytesNeeded(
  channels: ModelChannels,
  options: Pick<TrainOptions, 'history' | 'rewardHead' | 'recencyHalfLife' | 'loss'>,
  steps: number,
  threads: number,
): number {
  const { loss } = options;
  const layout = modelLayout({ ...channels, options });
  const weighed = options.recencyHalfLife > 0 ? WEIGHED_BYTES : 0;
  const windows = loss.name === 'k-step' ? 4 * threads + 1 : 0;
  const corrections =
    loss.name === 'dad' ? loss.rounds * Math.min(steps, MAX_CORRECTED * (loss.steps - 1)) : 0;
  const state = stateWidth(layout) + layout.actions + targetCount(layout);
  return BASE_BYTES + steps * (bytesAStep(layout) + weighed + windows) + corrections * 12 * state;
}

/** @throws unavailable where a training needs more memory than the computer has left */
export function requireMemory(needed: number, steps: number, available = process.availableMemory()): void {
  if (needed <= available) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new ForesightError(
    'unavailable',
    `The training needs about ${gigabytes(needed)} of memory for ${steps.toLocaleString('en')} steps, and ${gigabytes(available)} are free on this computer.`,
    'Choose fewer episodes, a shorter history, or another loss; end other programs; or train on a computer with more memory.',
  );
}
