import { ForesightError } from '../../shared/errors';
import type { TrainOptions } from '../../shared/model-options';
import type { AlgorithmOptions } from '../../shared/policy';
import { bytesAStep } from '../dynamics/data/step-rows';
import { modelLayout, stateWidth, targetCount } from '../dynamics/layout';
import { MAX_CORRECTED } from '../dynamics/losses/dad';
import type { ModelChannels } from '../dynamics/types';
import { imaginedRows } from '../policy/imagine/length';
import type { PolicySpace } from '../policy/representation/space';

const FEWER =
  'Choose fewer episodes, a shorter history, or another loss; end other programs; or train on a computer with more memory.';
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

/** A recorded step as a transition of its own, beside its numbers. */
const TRANSITION_BYTES = 600;
/** A replay in the middle of growing, or beside the checkpoint that it is written into. */
const REPLAYS = 3;

/**
 * About how much memory the process that learns a policy takes at most: its replay and what is imagined, beside which a
 * checkpoint is made, what is recorded, and a model's rows.
 * @param recorded steps of the episodes that it learns from @param acts it makes its own steps as well
 */
export function policyBytesNeeded(
  space: Pick<PolicySpace, 'layout'>,
  options: AlgorithmOptions,
  { recorded, acts }: { recorded: number; acts: boolean },
): number {
  const numbers = 2 * stateWidth(space.layout) + space.layout.actions + 2;
  const row = 4 * numbers + 1;
  const inAll = recorded + (acts ? options.steps : 0);
  const kept = 'replaySize' in options ? Math.min(options.replaySize, inAll) : inAll;
  const rows = options.name === 'reinforce' ? recorded : kept;
  const imagined = options.name === 'mbpo' ? imaginedRows(options) : 0;
  const model = options.name === 'mbpo' || options.name === 'model-gradient' ? bytesAStep(space.layout) : 0;
  const replays = REPLAYS * (rows + imagined) * row;
  return BASE_BYTES + replays + recorded * (TRANSITION_BYTES + 4 * numbers) + rows * model;
}

/** @throws unavailable where the learning of a policy needs more memory than the computer has left */
export function requirePolicyMemory(...what: Parameters<typeof policyBytesNeeded>): void {
  const [, options, { recorded, acts }] = what;
  const next =
    'Choose a smaller replay (--replay-size), fewer steps or episodes, or a shorter history; end other programs; or use a computer with more memory.';
  const steps = recorded + (acts ? options.steps : 0);
  requireMemory(policyBytesNeeded(...what), steps, process.availableMemory(), next);
}

/** @throws unavailable where a training needs more memory than the computer has left */
export function requireMemory(
  needed: number,
  steps: number,
  available = process.availableMemory(),
  next = FEWER,
): void {
  if (needed <= available) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new ForesightError(
    'unavailable',
    `The training needs about ${gigabytes(needed)} of memory for ${steps.toLocaleString('en')} steps, and ${gigabytes(available)} are free on this computer.`,
    next,
  );
}
