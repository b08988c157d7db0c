import { type Eyes as EyesSummary, stateNumbers } from '../../shared/eyes';
import type { Evaluation } from '../../shared/model';
import { besideAt, firstSeeing, pictureAt, type SeenEpisode } from '../dynamics/latent/pictures';
import { showsEverywhere } from '../dynamics/latent/recurrent/glimpses';
import { Seeing } from '../dynamics/latent/seeing';
import { camerasOf, pixelsOf } from '../dynamics/latent/size';
import { compileOpenLoop } from '../dynamics/open-loop';
import type { DynamicsModel } from '../dynamics/types';
import type { Engine } from '../tensor';
import { StateProbes, type Truth } from './state-probe';

/** Steps ahead at which pictures are compared. */
const HORIZONS = [0, 1, 5, 10, 15, 25];
/** Starts, evenly over what is judged on. */
const STARTS = 64;

interface Start {
  episode: SeenEpisode;
  row: number;
}

/**
 * What the model shows of what will be seen: from the state that is inferred at a start, through the actions that were executed, by the
 * mean of its members.
 * @param episodes new to the model, if the verdict is to say how good it is
 * @param truth what the rig measured at their rows, where it is to be said which of it can be read off a state
 */
export async function judgePictures(
  engine: Engine,
  model: DynamicsModel,
  episodes: readonly SeenEpisode[],
  truth?: Truth,
): Promise<Evaluation['pictures']> {
  const { eyes } = model;
  if (!eyes) return null;
  const room = Math.max(0, ...episodes.map((one) => one.rows - 1 - firstSeeing(one)));
  const horizons = HORIZONS.filter((horizon) => horizon <= room);
  const longest = horizons.at(-1) ?? 0;
  const starts = chooseStarts(episodes, longest);
  if (starts.length === 0 || longest === 0) return null;
  const seeing = await Seeing.open(engine, eyes);
  const loop = await compileOpenLoop(engine, model, { steps: longest, batch: STARTS });
  try {
    const width = stateNumbers(eyes.summary);
    const begin = await latentOf(seeing, starts);
    const { members } = loop;
    const states = new Float32Array(members * STARTS * width);
    for (let m = 0; m < members; m++) states.set(begin, m * STARTS * width);
    const actions = actionsOf(starts, longest, members);
    const predicted = await loop.run(states, actions, longest);
    const probes = truth && (await StateProbes.fit(seeing, episodes, truth));
    const readOff: (number | null)[][] = [];
    const explained: number[] = [];
    for (const horizon of horizons) {
      const at =
        horizon === 0 ? begin : meanOfMembers(predicted, horizon - 1, { members, width: STARTS * width });
      const used = at.subarray(0, starts.length * width);
      const shown = await seeing.pictures(used);
      const moments = starts.map(({ episode, row }) => ({ episode, row: row + horizon }));
      if (probes) readOff.push(probes.explained(used, moments));
      explained.push(explainedShare(shown, starts, horizon, eyes.summary));
    }
    return {
      horizons,
      explained: explained.map((r) => (Number.isFinite(r) ? r : null)),
      starts: starts.length,
      ...(truth && {
        channels: truth.channels.map(({ name }, c) => ({
          name,
          explained: readOff.map((shares) => shares[c] ?? null),
        })),
      }),
    };
  } finally {
    await Promise.all([seeing.dispose(), loop.dispose()]);
  }
}

function chooseStarts(episodes: readonly SeenEpisode[], ahead: number): Start[] {
  const all = episodes.flatMap((episode) => {
    const first = firstSeeing(episode);
    return Array.from({ length: Math.max(0, episode.rows - ahead - first) }, (_, i) => ({
      ...{ episode, row: first + i },
    }));
  });
  const count = Math.min(STARTS, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)] as Start);
}

/** [STARTS, numbers of a state]; rows without a start are 0. */
async function latentOf(seeing: Seeing, starts: readonly Start[]): Promise<Float32Array> {
  if (seeing.filter) return believedAt(seeing, starts);
  const { stack } = seeing.eyes.summary;
  const numbers = pixelsOf(seeing.eyes.summary);
  const width = stateNumbers(seeing.eyes.summary);
  const states = new Float32Array(STARTS * width);
  for (const [i, { episode, row }] of starts.entries()) {
    const pictures = Array.from({ length: stack }, (_, k) =>
      pictureAt(episode, row - (stack - 1) + k, numbers),
    );
    states.set(await seeing.state(pictures, besideAt(episode, row)), i * width);
  }
  return states;
}

/** The same of a filter, which has seen all of an episode until then. */
async function believedAt(seeing: Seeing, starts: readonly Start[]): Promise<Float32Array> {
  const width = stateNumbers(seeing.eyes.summary);
  const states = new Float32Array(STARTS * width);
  for (const episode of new Set(starts.map((start) => start.episode))) {
    const { columns } = await seeing.episode(episode);
    const first = firstSeeing(episode);
    for (const [i, start] of starts.entries()) {
      if (start.episode !== episode) continue;
      const at = (start.row - first) * width;
      states.set(columns.observations.subarray(at, at + width), i * width);
    }
  }
  return states;
}

/** [steps, members, STARTS, actions] */
function actionsOf(starts: readonly Start[], steps: number, members: number): Float32Array {
  const [first] = starts;
  const width = first ? first.episode.actions.length / first.episode.rows : 0;
  const actions = new Float32Array(steps * members * STARTS * width);
  for (let step = 0; step < steps; step++) {
    for (let m = 0; m < members; m++) {
      for (const [i, { episode, row }] of starts.entries()) {
        const from = (row + step) * width;
        actions.set(
          episode.actions.subarray(from, from + width),
          ((step * members + m) * STARTS + i) * width,
        );
      }
    }
  }
  return actions;
}

function meanOfMembers(
  states: Float32Array,
  step: number,
  { members, width }: { members: number; width: number },
): Float32Array {
  const mean = new Float32Array(width);
  for (let m = 0; m < members; m++) {
    const from = (step * members + m) * width;
    for (let i = 0; i < width; i++) mean[i] = mean[i]! + states[from + i]! / members;
  }
  return mean;
}

/** R² over all pixels of all starts, the variance being that around each pixel's mean over the starts. */
function explainedShare(
  shown: Uint8ClampedArray,
  starts: readonly Start[],
  ahead: number,
  summary: EyesSummary,
): number {
  const numbers = pixelsOf(summary);
  // A filter passes over a black picture, and says nothing of it.
  const real = starts
    .map(({ episode, row }, place) => ({ place, picture: pictureAt(episode, row + ahead, numbers) }))
    .filter(({ picture }) => summary.recurrent === null || showsEverywhere(picture, camerasOf(summary)));
  const mean = new Float64Array(numbers);
  for (const { picture } of real) {
    for (let i = 0; i < numbers; i++) mean[i] = mean[i]! + picture[i]! / real.length;
  }
  let [error, variance] = [0, 0];
  for (const { place, picture } of real) {
    for (let i = 0; i < numbers; i++) {
      error += (shown[place * numbers + i]! - picture[i]!) ** 2;
      variance += (picture[i]! - mean[i]!) ** 2;
    }
  }
  return 1 - error / variance;
}
