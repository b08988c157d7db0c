import type { ChannelInfo } from '../../../shared/episode';
import type { EpisodeFlag } from '../../../shared/flags';
import { type Detector, FOLLOWS, type LookedAt, type LookedRows } from './types';

/** So near to a limit, by its range, is at it: what rounding to float32 may do to a clipped value. */
export const AT_LIMIT = 1e-6;
/**
 * A controller may use all that it has now and then; one that does for a quarter of the time asks for more than the rig can give.
 * A sensor that reads its very limit reads less than there is, so a twentieth is enough.
 */
const ACTION_SHARE = 0.25;
const OBSERVATION_SHARE = 0.05;
const LEAST_ROWS = 10;
/** An action that has no more different values than these is switched, not clipped: its ends are two of its positions. */
const SWITCHED_VALUES = 8;

/** Channels that stand at a limit. Beyond it is not at it: a joint that is pressed against its stop still moves, and is measured. */
export class Saturation implements Detector {
  readonly #channels: Watched[];

  constructor({ observations, actions }: LookedAt) {
    this.#channels = [
      ...watched(observations, OBSERVATION_SHARE, false),
      ...watched(actions, ACTION_SHARE, true),
    ];
  }

  take({ observations, actions, firstRow, rows, follows }: LookedRows): void {
    for (const one of this.#channels) {
      const matrix = one.isAction ? actions : observations;
      const width = matrix.length / rows;
      for (let i = 0; i < rows; i++) {
        // The same measurement once more is no second one; an action went out all the same.
        if (!one.isAction && follows[i] === FOLLOWS.again) continue;
        count(one, matrix[i * width + one.place] ?? Number.NaN, firstRow + i);
      }
    }
  }

  end(): EpisodeFlag[] {
    return this.#channels.flatMap((one): EpisodeFlag[] => {
      const share = one.atLimit / Math.max(1, one.rows);
      const switched = one.isAction && one.values.size > 1 && one.values.size <= SWITCHED_VALUES;
      if (one.atLimit < LEAST_ROWS || share < one.least || switched) return [];
      const { name } = one.channel;
      const percent = `${Math.round(100 * share)} %`;
      const message = one.isAction
        ? `${name} is at its limit for ${percent} of the steps: more was wanted than the rig may give.`
        : `${name} reads its limit for ${percent} of the steps: what lies beyond was not measured.`;
      const range = { from: one.first, to: one.last };
      return [{ kind: 'saturated', channel: name, ...range, amount: share, message }];
    });
  }
}

interface Watched {
  channel: ChannelInfo;
  place: number;
  isAction: boolean;
  limits: readonly [number, number];
  /** Share of the rows from which on it is told. */
  least: number;
  rows: number;
  atLimit: number;
  first: number;
  last: number;
  /** The first different values. */
  values: Set<number>;
}

function watched(channels: readonly ChannelInfo[], least: number, isAction: boolean): Watched[] {
  return channels.flatMap((channel, place) =>
    channel.limits === null
      ? []
      : [
          {
            ...{ channel, place, isAction, limits: channel.limits, least },
            ...{ rows: 0, atLimit: 0, first: -1, last: -1, values: new Set<number>() },
          },
        ],
  );
}

function count(one: Watched, value: number, row: number): void {
  if (Number.isNaN(value)) return;
  one.rows += 1;
  if (one.isAction && one.values.size <= SWITCHED_VALUES) one.values.add(value);
  const [low, high] = one.limits;
  const near = AT_LIMIT * (high - low);
  if (Math.abs(value - low) > near && Math.abs(value - high) > near) return;
  one.atLimit += 1;
  if (one.first < 0) one.first = row;
  one.last = row;
}
