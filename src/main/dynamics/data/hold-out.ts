import type { EpisodeStretch } from '../../../shared/model';
import { splitStretches, stepsIn, unseenStretches } from './stretches';

/** One step in so many is kept out where nothing else was asked for. */
const ONE_IN = 5;
/** From so many episodes on, whole ones are kept out: nothing is as new to a model as an episode it has not seen. */
const WHOLE_EPISODES = 5;
/** Episodes may be unequally long: whole ones are kept out only where that comes to about a fifth of the steps. */
const SHARES = [0.1, 0.35] as const;
/** Fewer steps than this are all learned from: a fifth of them would say nothing. */
const LEAST_STEPS = 50;

/** What is learned from and what is judged on. */
export interface HoldOut {
  learn: EpisodeStretch[];
  /** Empty where nothing can be kept out, or nothing was to be. */
  judge: EpisodeStretch[];
}

/**
 * What a training leaves for its verdict. By itself: about a fifth, whole episodes evenly spread over time where there are
 * five or more, and otherwise the end or the beginning of every episode in turn, so that what is left stays in one piece.
 * @param last a share: the end of every episode; 0: nothing; null: chosen as above
 * @param learned what a model that the training goes on from knows already: it cannot be judged on any more
 * @param keptOut whole episodes that this model has kept for its verdict: they stay kept
 */
export function chooseHoldOut(
  episodes: readonly EpisodeStretch[],
  last: number | null,
  learned: readonly EpisodeStretch[] = [],
  keptOut: readonly number[] = [],
): HoldOut {
  if (last === 0) return { learn: [...episodes], judge: [] };
  if (last !== null) {
    const { first, last: ends } = splitStretches(episodes, last);
    return { learn: first, judge: unseenStretches(ends, learned) };
  }
  const isNew = (one: EpisodeStretch) =>
    !keptOut.includes(one.episode) && stepsIn(unseenStretches([one], learned)) === stepsIn([one]);
  const known = episodes.filter((episode) => !isNew(episode));
  const fresh = chosenByItself(episodes.filter(isNew));
  // What was kept out before stays so.
  const kept = unseenStretches(known, learned);
  const seen = unseenStretches(known, kept);
  const inOrder = (parts: EpisodeStretch[]) => {
    const place = new Map(episodes.map(({ episode }, i) => [episode, i]));
    return parts.sort((a, b) => (place.get(a.episode) ?? 0) - (place.get(b.episode) ?? 0));
  };
  return { learn: inOrder([...seen, ...fresh.learn]), judge: inOrder([...kept, ...fresh.judge]) };
}

function chosenByItself(episodes: readonly EpisodeStretch[]): HoldOut {
  const total = stepsIn(episodes);
  if (total < LEAST_STEPS) return { learn: [...episodes], judge: [] };
  const whole = episodes.filter(({ rows }) => rows > 1);
  if (whole.length >= WHOLE_EPISODES) {
    const count = Math.round(whole.length / ONE_IN);
    const judge = Array.from(
      { length: count },
      (_, i) => whole[Math.floor(((i + 0.5) * whole.length) / count)],
    );
    const share = stepsIn(judge) / total;
    if (share >= SHARES[0] && share <= SHARES[1]) {
      return { learn: episodes.filter((episode) => !judge.includes(episode)), judge };
    }
  }
  const parts = episodes.map((episode, i) => {
    const steps = stepsIn([episode]);
    const held = Math.floor(steps / ONE_IN);
    const [from, to] = i % 2 === 0 ? [0, steps - held] : [held, steps];
    const [heldFrom, heldTo] = i % 2 === 0 ? [steps - held, steps] : [0, held];
    const part = (first: number, end: number): EpisodeStretch => ({
      ...{ episode: episode.episode, firstRow: episode.firstRow + first },
      rows: Math.min(end + 1, episode.rows) - first,
    });
    return { learn: part(from, to), judge: part(heldFrom, heldTo) };
  });
  return {
    learn: parts.map(({ learn }) => learn),
    judge: parts.map(({ judge }) => judge).filter(({ rows }) => rows > 1),
  };
}
