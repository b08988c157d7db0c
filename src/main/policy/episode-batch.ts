import type { ActorShape } from '../../shared/policy';
import { deviation, mean } from '../../shared/statistics';
import { stateWidth } from '../dynamics/layout';
import type { Transition } from './replay';
import { describeTaken, takenWidth } from './representation/density';
import type { PolicySpace } from './representation/space';
import { advantages, type Judging, judgedSteps, returnsToGo } from './returns';

/** Whole episodes as a graph is fed with them: every one filled up to the same number of rows, row-major. */
export interface EpisodeBatch {
  /** [episodes] of so many steps each. */
  lengths: number[];
  /** [episodes][steps] */
  rewards: Float64Array[];
  /** [episodes] the task ended them; else the step limit or whoever stopped the rig did. */
  terminated: boolean[];
  /** episodes × rows of each. */
  rows: number;
  feeds: {
    /** [episodes, rows, stateWidth] */
    state: Float32Array;
    /** [episodes, rows, takenWidth] */
    taken: Float32Array;
    /** [episodes, rows, 1] 1 where there is a step. */
    there: Float32Array;
  };
  /** [all steps, stateWidth] the states that actions were taken in. */
  steps: Float32Array;
  /** [visitedRows, stateWidth] these and the one after every episode's last step, episode by episode. */
  visited: Float32Array;
  visitedRows: number;
}

/**
 * @param rows of an episode at most
 * @param episodes of which every step says what was asked for (Transition.taken)
 */
export function packEpisodes(
  space: PolicySpace,
  shape: Pick<ActorShape, 'kind'>,
  rows: number,
  episodes: readonly (readonly Transition[])[],
): EpisodeBatch {
  const [width, described] = [stateWidth(space.layout), takenWidth(space, shape)];
  const lengths = episodes.map(({ length }) => length);
  const all = lengths.reduce((sum, length) => sum + length, 0);
  const batch: EpisodeBatch = {
    ...{ lengths, rows: episodes.length * rows, visitedRows: all + episodes.length },
    rewards: episodes.map((steps) => Float64Array.from(steps, ({ reward }) => reward)),
    terminated: episodes.map((steps) => steps.at(-1)?.terminated ?? false),
    feeds: {
      state: new Float32Array(episodes.length * rows * width),
      taken: new Float32Array(episodes.length * rows * described),
      there: new Float32Array(episodes.length * rows),
    },
    steps: new Float32Array(all * width),
    visited: new Float32Array((all + episodes.length) * width),
  };
  let [step, visited] = [0, 0];
  episodes.forEach((steps, episode) => {
    steps.forEach(({ state, action, taken }, t) => {
      const row = episode * rows + t;
      batch.feeds.state.set(state, row * width);
      batch.feeds.taken.set(describeTaken(space, shape, taken?.asked ?? action), row * described);
      batch.feeds.there[row] = 1;
      batch.steps.set(state, step++ * width);
      batch.visited.set(state, visited++ * width);
    });
    const last = steps.at(-1);
    if (last) batch.visited.set(last.next, visited++ * width);
  });
  return batch;
}

/** [episodes][steps + 1] values of the visited states; 0 where the task was over. */
export function valuesByEpisode(
  { lengths, terminated }: Pick<EpisodeBatch, 'lengths' | 'terminated'>,
  values: Float64Array,
): Float64Array[] {
  let from = 0;
  return lengths.map((length, episode) => {
    const own = values.slice(from, from + length + 1);
    from += length + 1;
    if (terminated[episode]) own[length] = 0;
    return own;
  });
}

/**
 * What weighs every step in the gradient, [episodes][steps].
 * @param values [episodes][steps + 1] (`valuesByEpisode`); null where no value is learned
 */
export const weightsFor = (
  { rewards }: Pick<EpisodeBatch, 'rewards'>,
  values: readonly Float64Array[] | null,
  judging: Judging,
): Float64Array[] =>
  rewards.map((own, episode) =>
    judgedSteps(own, values?.[episode] ?? new Float64Array(own.length + 1), judging),
  );

/**
 * What the value is to say of every step's state, [all steps]: V(s_t) + A_t by GAE, which with λ = 1 is the return from there
 * on; without values the plain returns, as if nothing came after a step limit.
 */
export function valueTargets(
  { rewards }: Pick<EpisodeBatch, 'rewards'>,
  values: readonly Float64Array[] | null,
  { discount, gaeLambda }: Pick<Judging, 'discount' | 'gaeLambda'>,
): Float64Array {
  const targets = rewards.map((own, episode) => {
    const known = values?.[episode];
    if (!known) return returnsToGo(own, discount);
    return advantages(own, known, { discount, lambda: gaeLambda }).map((a, t) => a + known[t]);
  });
  return Float64Array.from(targets.flatMap((own) => [...own]));
}

/** With mean 0 and deviation 1 over all episodes. */
export function standardised(weights: readonly Float64Array[]): Float64Array[] {
  const all = Float64Array.from(weights.flatMap((own) => [...own]));
  const [centre, spread] = [mean(all), Math.max(deviation(all), 1e-8)];
  return weights.map((own) => own.map((value) => (value - centre) / spread));
}

/** [episodes, rows, 1], 0 where there is no step. */
export function padded(weights: readonly Float64Array[], rows: number): Float32Array {
  const result = new Float32Array(weights.length * rows);
  weights.forEach((own, episode) => {
    result.set(own, episode * rows);
  });
  return result;
}
