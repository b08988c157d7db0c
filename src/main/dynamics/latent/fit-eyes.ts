import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../shared/eyes';
import type { OptionsOf } from '../../../shared/model-options';
import type { Random } from '../../../shared/random';
import type { Engine, TensorSpec } from '../../tensor';
import { constant, named, type Tensors } from '../mlp';
import type { Eyes } from '../types';
import { compileHalves, type HalvedShape } from '../updates/halves';
import { actStatistics, normaliseActs, unitOfColumn } from './acts';
import { shifted } from './augment';
import { decodePictures, decoderLayers, decoderScale } from './decoder';
import { encodePictures, encoderLayers, initialLayers, joinFeatures } from './encoder';
import { pixelStatistics, writeNormalised } from './light';
import { besideAt, firstSeeing, hasEnded, pictureAt, type SeenEpisode } from './pictures';
import { poseNumbers, posesOf } from './pose';
import {
  agreement,
  broughtAtOnce,
  FOLLOWED_SHARE,
  isFollowed,
  predictorLayers,
  redundancyOf,
  targetsIn,
} from './reconstruction-free';
import { coloursOf, heightOf, pixelsOf } from './size';
import { carried, meanSquare, outcomeOf, teacherLayers, teacherScale } from './teacher';
import { unitOf } from './unit';

/** Of a window so many pictures are drawn from what was encoded, and as many from what was carried: neighbours show nearly the same. */
const DRAWN = 3;
/** Pictures that are drawn of a window. */
export const drawnOf = (unroll: number): number => Math.min(DRAWN, unroll + 1) + Math.min(DRAWN, unroll);
/** What the parts of the loss weigh: a picture's mean squared error in units of its pixels' deviations, and so on. */
const WEIGHT = { picture: 10, consistency: 1, outcome: 2 };
/** Gradients are cut to this norm. */
const CLIP_NORM = 10;
/** An end is rare: it counts for so much. */
const ENDED = 3;

export interface FitEyes {
  summary: EyesSummary;
  options: OptionsOf<'latent-frame'>;
  steps: number;
  /** They learn on; without them they begin at random. */
  from?: Eyes;
  learningRate: number;
  /** Numbers of an action. */
  actions: number;
  episodes: readonly SeenEpisode[];
  engine: Engine;
  threads: number;
  random: Random;
  /** Says how far it is; throws `cancelled`. Called every second step. */
  progress(step: number, loss: number): Promise<void>;
}

/** What the learning of a step depends on. */
type Learned = Pick<FitEyes, 'summary' | 'options' | 'from' | 'random' | 'learningRate' | 'actions'>;

/**
 * An encoder whose latent states can be predicted and seen: pictures are encoded, the first latent state of a window is carried
 * through its actions, and both the encoded and the carried ones must show the pictures, agree with each other, and tell the reward
 * (the lecture's v4; losses as in Dreamer and TD-MPC, with the deterministic encoder of a few frames). Without reconstruction the encoder
 * is taught by consistency or redundancy (reconstruction-free.ts) and the reward, and the decoder learns beside it from finished states.
 * @throws ForesightError cancelled, bad-data where no episode is as long as a window
 */
export async function fitEyes(request: FitEyes): Promise<Eyes> {
  const { summary, steps, random, engine, threads, progress } = request;
  const pixels = new Map([
    ...pixelStatistics(summary, request.episodes, random.fork('pixels'), request.options.unit),
    ...actStatistics(summary, request.episodes),
  ]);
  const halves = await compileHalves(engine, eyesLearning(request), threads);
  try {
    const fill = filler(request, pixels);
    const learned = await halves.run(steps, fill, (step, { loss }) => progress(step, loss));
    const kept = [...learned].filter(([name]) => /^(encoder|join|decoder)\//.test(name));
    return { summary, arrays: new Map([...pixels, ...kept]) };
  } finally {
    await halves.dispose();
  }
}

/** Weights, loss and optimiser: what is learned in every step, whatever windows are drawn. */
export function eyesLearning(request: Learned): HalvedShape<'picture' | 'consistency' | 'outcome'> {
  const { summary, options, from, random, learningRate } = request;
  const { seeBy } = options;
  const weights = new Map([
    ...initialLayers(encoderLayers(summary), random.fork('encoder')),
    ...initialLayers(decoderLayers(summary), random.fork('decoder'), decoderScale(summary)),
    ...[...(from?.arrays ?? [])].filter(([name]) => !/^(pixel|act)\//.test(name)),
    ...initialLayers(
      teacherLayers(summary, request.actions + summary.beside.length, outcomes(summary)),
      random.fork('teacher'),
      teacherScale,
    ),
    ...(seeBy === 'consistency'
      ? initialLayers(predictorLayers(poseNumbers(summary)), random.fork('predictor'))
      : []),
  ]);
  return {
    ...{ name: 'encoder', weights, feeds: feedsOf(request), learningRate, clipNorm: CLIP_NORM },
    schedule: options.encoderSchedule,
    ...(seeBy !== 'reconstruction' && { apart: (name: string) => name.startsWith('decoder/') }),
    ...(seeBy === 'consistency' && { followed: { of: isFollowed, stays: FOLLOWED_SHARE } }),
    loss: (tensors, given) => lossOf(request, tensors, given),
  };
}

/** Steps that a state is carried, pictures of a window, and windows in half a batch. */
const sizesOf = ({ options }: Pick<FitEyes, 'options'>) => ({
  steps: options.unroll,
  pictures: options.unroll + options.stack,
  windows: options.encoderWindows / 2,
});

function feedsOf(request: Learned): TensorSpec[] {
  const { summary, actions } = request;
  const { steps, pictures, windows } = sizesOf(request);
  const shape = [pictures, windows, heightOf(summary), summary.size, coloursOf(summary)];
  return [
    { name: 'pictures', shape },
    ...(request.options.shift > 0 ? [{ name: 'shifted', shape }] : []),
    { name: 'given', shape: [steps, windows, actions + summary.beside.length] },
    { name: 'outcome', shape: [steps, windows, outcomes(summary)] },
    ...(summary.acts > 0 ? [{ name: 'acts', shape: [steps + 1, windows, summary.acts] }] : []),
  ];
}

/** What a step brings: its reward and, where tasks end, whether the episode has ended. */
const outcomes = ({ ends }: EyesSummary): number => (ends ? 2 : 1);

function lossOf(request: Learned, tensors: Tensors, given: Tensors) {
  const { summary, options } = request;
  const { steps } = sizesOf(request);
  const { size, stack } = summary;
  const flat = (x: tf.Tensor) =>
    tf.reshape(x, [-1, heightOf(summary), size, coloursOf(summary)]) as tf.Tensor4D;
  const shown = named(given, 'pictures') as tf.Tensor;
  const looked = (given.shifted ?? shown) as tf.Tensor;
  const encoded = encodedStates(request, tensors, flat(looked), given);
  const states = tf.split(encoded, steps + 1, 0) as tf.Tensor2D[];
  const inputs = tf.unstack(named(given, 'given')) as tf.Tensor2D[];
  const brought = tf.unstack(named(given, 'outcome')) as tf.Tensor2D[];
  const acts = given.acts ? (tf.unstack(given.acts) as tf.Tensor2D[]) : [];
  const later: tf.Tensor2D[] = [];
  const apart: tf.Tensor[] = [];
  const missed: tf.Tensor[] = [];
  let latent = states[0] as tf.Tensor2D;
  for (const [k, input] of inputs.entries()) {
    missed.push(meanSquare(outcomeOf(tensors, latent, input), brought[k] as tf.Tensor));
    latent = carried(summary, tensors, latent, input, acts[k + 1]);
    later.push(latent);
    apart.push(meanSquare(latent, states[k + 1] as tf.Tensor));
  }
  const moments = tf.unstack(shown);
  const chosen = [
    ...evenly(states.length, DRAWN).map((k) => ({ state: states[k], seen: moments[k + stack - 1] })),
    ...evenly(later.length, DRAWN).map((k) => ({ state: later[k], seen: moments[k + stack] })),
  ];
  const drawnFrom = tf.concat(chosen.map(({ state }) => state as tf.Tensor2D));
  const isDrawn = options.seeBy === 'reconstruction';
  const drawn = decodePictures(summary, tensors, isDrawn ? drawnFrom : constant(drawnFrom));
  const picture = meanSquare(drawn, flat(tf.concat(chosen.map(({ seen }) => seen as tf.Tensor))));
  if (!isDrawn) missed.push(...broughtAtOnce(tensors, { states, inputs, brought }));
  const outcome = tf.mul(tf.addN(missed), 1 / missed.length);
  const pose = (state: tf.Tensor2D) => posesOf(summary, state);
  const unrolled = { states, later, inputs, acts };
  const consistency =
    options.seeBy === 'consistency'
      ? agreement(summary, tensors, unrolled, encodedStates(request, targetsIn(tensors), flat(shown), given))
      : tf.mul(tf.addN(apart), 1 / steps);
  const parts = [
    tf.mul(picture, WEIGHT.picture),
    tf.mul(consistency, WEIGHT.consistency),
    tf.mul(outcome, WEIGHT.outcome),
  ];
  if (options.seeBy === 'redundancy')
    parts.push(redundancyOf({ states: states.map(pose), later: later.map(pose) }));
  return { loss: tf.addN(parts), extra: { picture, consistency, outcome } };
}

/** The states that a window's pictures are encoded as, one step after the other, [(steps + 1) · windows, latent]. */
function encodedStates(request: Learned, tensors: Tensors, looked: tf.Tensor4D, given: Tensors): tf.Tensor2D {
  const { summary } = request;
  const { steps, pictures } = sizesOf(request);
  const features = tf.split(encodePictures(summary, tensors, looked), pictures, 0) as tf.Tensor2D[];
  const stacked = Array.from({ length: summary.stack }, (_, age) =>
    tf.concat(features.slice(age, age + steps + 1), 0),
  ) as tf.Tensor2D[];
  const acts = given.acts && (tf.reshape(given.acts, [-1, summary.acts]) as tf.Tensor2D);
  return joinFeatures(summary, tensors, stacked, acts);
}

/** Places in a list, the last among them, as far apart as can be. */
const evenly = (length: number, count: number): number[] =>
  Array.from(
    { length: Math.min(count, length) },
    (_, i) => length - 1 - Math.floor((i * length) / Math.min(count, length)),
  );

type Feeds = Record<'pictures' | 'shifted' | 'given' | 'outcome' | 'acts', Float32Array>;

/** What writes a batch of windows, drawn alike from all steps at which one can begin. */
function filler(request: FitEyes, pixels: Eyes['arrays']): (into: Record<string, Float32Array>) => void {
  const { summary, options, actions, episodes } = request;
  const random = request.random.fork('windows');
  const { steps, pictures, windows } = sizesOf(request);
  const numbers = pixelsOf(summary);
  const starts = episodes.map((episode) => Math.max(0, episode.rows - steps - firstSeeing(episode)));
  const total = starts.reduce((sum, count) => sum + count, 0);
  const reward = unitOf(episodes.map((episode) => episode.reward.subarray(1)));
  const width = summary.beside.length;
  const beside = summary.beside.map((_, i) => unitOfColumn(summary, episodes, i));
  const eyes = { summary, arrays: pixels };
  const all = outcomes(summary);
  return (into) => {
    const feeds = into as Feeds;
    for (let window = 0; window < windows; window++) {
      let place = random.integer(total);
      let which = 0;
      while (place >= (starts[which] as number)) place -= starts[which++] as number;
      const episode = episodes[which] as SeenEpisode;
      const first = firstSeeing(episode) + place;
      const turn = () => random.integer(2 * options.shift + 1) - options.shift;
      const [down, right] = options.shift > 0 ? [turn(), turn()] : [0, 0];
      for (let k = 0; k < pictures; k++) {
        const at = (k * windows + window) * numbers;
        writeNormalised(eyes, pictureAt(episode, first - summary.stack + 1 + k, numbers), feeds.pictures, at);
        if (options.shift > 0) {
          const from = feeds.pictures.subarray(at, at + numbers);
          shifted(summary, from, feeds.shifted.subarray(at, at + numbers), down, right);
        }
      }
      for (let k = 0; k <= steps && summary.acts > 0; k++) {
        const at = (k * windows + window) * summary.acts;
        normaliseActs(eyes, besideAt(episode, first + k), feeds.acts, at);
      }
      for (let k = 0; k < steps; k++) {
        const [row, at] = [first + k, k * windows + window];
        const place = at * (actions + width);
        for (let a = 0; a < actions; a++) feeds.given[place + a] = episode.actions[row * actions + a]!;
        for (let i = 0; i < width; i++) {
          const { mean, scale } = beside[i] as ReturnType<typeof unitOf>;
          feeds.given[place + actions + i] = (besideAt(episode, row)[i]! - mean) * scale;
        }
        feeds.outcome[at * all] = (episode.reward[row + 1]! - reward.mean) * reward.scale;
        if (all > 1) feeds.outcome[at * all + 1] = hasEnded(episode, row + 1) ? ENDED : 0;
      }
    }
  };
}
