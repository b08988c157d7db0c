import { wrapAngle } from '../../../shared/angles';
import type { ChannelInfo } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import type { TrainingEpisode } from '../../dynamics/types';

/** Ranges by channel name, that an observation must all be inside of. */
export type Region = Record<string, [number, number]>;

/** Is an observation [observations] inside of the region? @throws wrong-use for a channel that there is not */
export function insideRegion(
  channels: readonly ChannelInfo[],
  region: Region,
): (observation: ArrayLike<number>) => boolean {
  const ranges = Object.entries(region).map(([name, [low, high]]) => {
    const index = channels.findIndex((channel) => channel.name === name);
    const channel = channels[index];
    if (channel === undefined) {
      throw new ForesightError(
        'wrong-use',
        `The withheld region names "${name}", which is no observation channel.`,
        `Choose among: ${channels.map((one) => one.name).join(', ')}.`,
      );
    }
    return { index, low, high, angle: channel.angle };
  });
  return (observation) =>
    ranges.every(({ index, low, high, angle }) => {
      const value = observation[index] ?? Number.NaN;
      const at = angle ? wrapAngle(value) : value;
      return at >= low && at <= high;
    });
}

/** The episodes without what lies in the region: each is cut into the runs of rows outside of it, two rows or longer. */
export function outsideRegion(
  channels: readonly ChannelInfo[],
  region: Region,
  episodes: readonly TrainingEpisode[],
): TrainingEpisode[] {
  const inside = insideRegion(channels, region);
  const width = channels.length;
  return episodes.flatMap(({ id, columns }) => {
    const pieces: TrainingEpisode[] = [];
    const take = (from: number, to: number) => {
      if (to - from < 2) return;
      const cut = (values: Float64Array) => {
        const columnsOf = values.length / columns.rows;
        return values.slice(from * columnsOf, to * columnsOf);
      };
      pieces.push({
        id,
        columns: {
          rows: to - from,
          observations: cut(columns.observations),
          actions: cut(columns.actions),
          ...(columns.deviceSeconds && { deviceSeconds: cut(columns.deviceSeconds) }),
        },
      });
    };
    let from = 0;
    for (let row = 0; row < columns.rows; row++) {
      if (!inside(columns.observations.subarray(row * width, (row + 1) * width))) continue;
      take(from, row);
      from = row + 1;
    }
    take(from, columns.rows);
    return pieces;
  });
}
