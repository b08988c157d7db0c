import type { ChannelInfo, EpisodeSummary } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import type { ModelChannels } from '../types';

/**
 * The channel layout that episodes have in common.
 * @throws bad-data when they differ, naming the first episode and channel that does
 */
export function commonChannels(episodes: readonly EpisodeSummary[]): ModelChannels {
  const [first, ...others] = episodes;
  if (first === undefined) {
    throw new ForesightError(
      'bad-data',
      'There is no episode to learn from.',
      'Record or import one, then try again.',
    );
  }
  for (const other of others) {
    const difference = differenceOf(first, other);
    if (difference !== undefined) {
      throw new ForesightError(
        'bad-data',
        `Episodes ${first.id} and ${other.id} do not fit into one model: episode ${other.id} has ${difference}.`,
        'Choose episodes of one rig, recorded with the same channels and control period.',
      );
    }
  }
  return { observations: first.observations, actions: first.actions, periodSeconds: first.periodSeconds };
}

/**
 * Do these episodes have the channels that a model was learned on?
 * @throws bad-data naming the first episode and channel that differs
 */
export function requireChannels(
  model: ModelChannels & { name: string },
  episodes: readonly EpisodeSummary[],
  what: 'model' | 'rig' = 'model',
): void {
  for (const episode of episodes) {
    const difference = differenceOf(model, episode);
    if (difference === undefined) continue;
    throw new ForesightError(
      'bad-data',
      `The ${what} "${model.name}" does not fit episode ${episode.id}, which has ${difference}.`,
      what === 'model'
        ? 'Choose episodes of the rig that the model was learned on, or train a model on these.'
        : 'Choose episodes that were recorded with this rig as it is now.',
    );
  }
}

/** What is different about the other one, as the end of a sentence; undefined when nothing is. */
function differenceOf(expected: ModelChannels, actual: ModelChannels): string | undefined {
  return (
    differingChannel('observation', expected.observations, actual.observations) ??
    differingChannel('action', expected.actions, actual.actions) ??
    (expected.periodSeconds === actual.periodSeconds
      ? undefined
      : `a period of ${actual.periodSeconds} s against ${expected.periodSeconds} s`)
  );
}

function differingChannel(kind: string, expected: ChannelInfo[], actual: ChannelInfo[]): string | undefined {
  if (expected.length !== actual.length) {
    return `${actual.length} ${kind} channels against ${expected.length}`;
  }
  for (const [i, { name, unit, angle }] of expected.entries()) {
    const other = actual[i];
    if (other?.name !== name || other.unit !== unit) {
      return `"${other?.name}" in ${other?.unit} as ${kind} channel ${i + 1} against "${name}" in ${unit}`;
    }
    if (other.angle !== angle) {
      return `"${name}" ${other.angle ? 'as an angle that turns over' : 'as a plain number'} against ${angle ? 'an angle that turns over' : 'a plain number'}`;
    }
  }
  return undefined;
}
