import { stateWidth } from '../../dynamics/layout';
import type { TrainingEpisode } from '../../dynamics/types';
import type { Replay } from '../replay';
import { toPhysical } from '../representation/space';

/**
 * What is in a replay as the episodes that it came from, for a model to learn from or to be judged on: uninterrupted runs, the
 * oldest first, rewards on the row that they arrived at. A run ends, too, where the next step begins in another state than the
 * one before led to: a training that goes on from a checkpoint left an episode without an end.
 * @param newest only so many transitions, the last ones
 */
export function episodesIn(replay: Replay, newest = replay.size): TrainingEpisode[] {
  const { space } = replay;
  const [width, channels] = [stateWidth(space.layout), space.layout.angles.length];
  const actions = space.actions.length;
  const { size, position, ...arrays } = replay.state();
  const oldest = size < replay.capacity ? 0 : position;
  const count = Math.min(newest, size);
  const rowOf = (index: number) => (oldest + size - count + index) % size;
  const follows = (one: number, after: number): boolean => {
    const [from, to] = [after * width, one * width];
    const came = arrays.state.subarray(from, from + width);
    return arrays.last[one] !== 1 && came.every((value, i) => Object.is(value, arrays.next[to + i]));
  };
  const episodes: TrainingEpisode[] = [];
  for (let first = 0, end = 0; first < count; first = end) {
    do end++;
    while (end < count && follows(rowOf(end - 1), rowOf(end)));
    const rows = end - first + 1;
    const columns = {
      rows,
      observations: new Float64Array(rows * channels),
      actions: new Float64Array(rows * actions),
      reward: new Float64Array(rows),
    };
    for (let index = first; index < end; index++) {
      const [row, at] = [rowOf(index), index - first];
      const newestOf = (states: Float32Array) => states.subarray(row * width, row * width + channels);
      columns.observations.set(newestOf(arrays.state), at * channels);
      columns.observations.set(newestOf(arrays.next), (at + 1) * channels);
      const taken = arrays.action.subarray(row * actions, (row + 1) * actions);
      columns.actions.set(toPhysical(space, taken), at * actions);
      columns.reward[at + 1] = arrays.reward[row] ?? 0;
    }
    episodes.push({ id: episodes.length, columns });
  }
  return episodes;
}
