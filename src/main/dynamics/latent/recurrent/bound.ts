import * as tf from '@tensorflow/tfjs-core';
import type { Eyes as EyesSummary } from '../../../../shared/eyes';
import type { OptionsOf } from '../../../../shared/model-options';
import { constant, named, type Tensors } from '../../mlp';
import { decodePictures } from '../decoder';
import { encodePictures } from '../encoder';
import { camerasOf, coloursOf, heightOf, pixelsOfOne } from '../size';
import { carried, meanSquare, outcomeOf } from '../teacher';
import { anySaw, type Gaussian, latentOf, lookAt, recurrentOf, remember } from './filter';

/** Windows in half a batch. */
export const WINDOWS = 8;
/** Steps of a window before a state is carried: what is believed at the first ones is little. */
const BURN_IN = 3;
/** What the parts weigh beside the divergence, as of an encoder of a few pictures (fit-eyes.ts). */
const WEIGHT = { picture: 10, consistency: 1, reward: 2 };

/** Steps at which a state can be carried from in a window. */
export const startsIn = ({
  window,
  unroll,
}: Pick<OptionsOf<'latent-recurrent'>, 'window' | 'unroll'>): number => window - unroll - BURN_IN;

/** Steps after which a carried state is drawn: pictures are dear, so in the middle and at the end. */
export const drawnAfter = (unroll: number): number[] => [...new Set([Math.ceil(unroll / 2), unroll])];

/**
 * The negative variational bound of windows of steps, what is seen and what it brings against what was believed (Hafner et al. 2019),
 * with two changes of Hafner et al. 2021, "Mastering Atari with discrete world models": the divergence pulls more on what is expected
 * than on what is believed (`klBalance`), and counts from `freeNats` on. The picture's and the reward's likelihood are normal: beside a
 * divergence of weight `klWeight` a picture counts as 2 · WEIGHT.picture / klWeight independent numbers of unit variance.
 * Beside it, because the model is learned on latent states and not on beliefs: a state carried through a window's actions must agree
 * with the one that is believed there, and show and bring the same.
 * @param given "pictures" and "shifted" [window, WINDOWS, height, size, colours], "saw", "noise", "actions", "reward"
 *   [window, WINDOWS, n]
 */
export function negativeBound(
  summary: EyesSummary,
  options: OptionsOf<'latent-recurrent'>,
  tensors: Tensors,
  given: Tensors,
) {
  const { size } = summary;
  const { window, unroll, klWeight, klBalance, freeNats } = options;
  const flat = (x: tf.Tensor) =>
    tf.reshape(x, [-1, heightOf(summary), size, coloursOf(summary)]) as tf.Tensor4D;
  const shown = named(given, 'pictures') as tf.Tensor;
  const [saw, actions, rewards] = ['saw', 'actions', 'reward'].map(
    (name) => tf.unstack(named(given, name)) as tf.Tensor2D[],
  ) as [tf.Tensor2D[], tf.Tensor2D[], tf.Tensor2D[]];
  const features = encodePictures(summary, tensors, flat((given.shifted ?? shown) as tf.Tensor));
  const { beliefs, expected, believed } = filtered(summary, tensors, {
    features: tf.split(features, window, 0) as tf.Tensor2D[],
    ...{ saw, actions, noise: tf.unstack(named(given, 'noise')) as tf.Tensor2D[] },
  });
  const latent = latentOf(tensors, joined(beliefs));
  const states = tf.split(latent, window, 0) as tf.Tensor2D[];

  // From all steps of all windows at once.
  const starts = startsIn(options);
  const from = (list: readonly tf.Tensor2D[], k: number) =>
    joined(list.slice(BURN_IN + k, BURN_IN + k + starts));
  const pictureFrom = (k: number) =>
    flat(tf.slice(shown, [BURN_IN + k, 0, 0, 0, 0], [starts, ...shown.shape.slice(1)]));
  const drawn = [{ states: latent, pictures: flat(shown), saw: joined(saw) }];
  const apart: tf.Tensor[] = [];
  const missed = [meanSquare(outcomeOf(tensors, latent, joined(actions)), joined(rewards))];
  let later = from(states, 0);
  for (let k = 0; k < unroll; k++) {
    if (k > 0) missed.push(meanSquare(outcomeOf(tensors, later, from(actions, k)), from(rewards, k)));
    later = carried(summary, tensors, later, from(actions, k));
    apart.push(meanSquare(later, from(states, k + 1)));
    if (!drawnAfter(unroll).includes(k + 1)) continue;
    drawn.push({ states: later, pictures: pictureFrom(k + 1), saw: from(saw, k + 1) });
  }
  const picture = pictureError(summary, tensors, drawn);
  const consistency = tf.mul(tf.addN(apart), 1 / unroll);
  const reward = tf.mul(tf.addN(missed), 1 / missed.length);
  const divergence = balancedDivergence(expected, believed, joined(saw), { klBalance, freeNats });
  const loss = tf.addN([
    tf.mul(picture, WEIGHT.picture),
    tf.mul(consistency, WEIGHT.consistency),
    tf.mul(reward, WEIGHT.reward),
    tf.mul(divergence, klWeight),
  ]);
  return { loss, extra: { picture, consistency, reward, divergence } };
}

/** What is believed through windows, each beginning with nothing known. */
function filtered(
  summary: EyesSummary,
  tensors: Tensors,
  given: Record<'features' | 'saw' | 'noise' | 'actions', tf.Tensor2D[]>,
) {
  const { remembered, inferred, actions } = recurrentOf(summary);
  let h = tf.zeros([WINDOWS, remembered]) as tf.Tensor2D;
  let s = tf.zeros([WINDOWS, inferred]) as tf.Tensor2D;
  let done = tf.zeros([WINDOWS, actions]) as tf.Tensor2D;
  const beliefs: tf.Tensor2D[] = [];
  const looks: ReturnType<typeof lookAt>[] = [];
  for (const [t, noise] of given.noise.entries()) {
    h = remember(tensors, h, s, done);
    const look = lookAt(tensors, h, given.features[t] as tf.Tensor2D, given.saw[t] as tf.Tensor2D);
    s = tf.add(look.believed.mean, tf.mul(look.believed.std, noise));
    done = given.actions[t] as tf.Tensor2D;
    beliefs.push(tf.concat([h, s], 1));
    looks.push(look);
  }
  const all = (which: 'expected' | 'believed'): Gaussian => ({
    mean: joined(looks.map((look) => look[which].mean)),
    std: joined(looks.map((look) => look[which].std)),
  });
  return { beliefs, expected: all('expected'), believed: all('believed') };
}

const joined = (list: readonly tf.Tensor2D[]): tf.Tensor2D => tf.concat([...list], 0);

/** Mean squared error of what states show, over the pictures of any camera that there were, each pixel in units of its deviation. */
function pictureError(
  summary: EyesSummary,
  tensors: Tensors,
  drawn: readonly { states: tf.Tensor2D; pictures: tf.Tensor4D; saw: tf.Tensor2D }[],
): tf.Tensor {
  const shown = decodePictures(summary, tensors, joined(drawn.map(({ states }) => states)));
  const real = tf.concat(
    drawn.map(({ pictures }) => pictures),
    0,
  );
  const squares = tf.square(tf.sub(shown, real));
  const cameras = camerasOf(summary);
  const errors =
    cameras === 1 ? tf.mean(squares, [1, 2, 3]) : tf.mean(tf.reshape(squares, [-1, pixelsOfOne(summary)]), 1);
  const counts = tf.reshape(joined(drawn.map(({ saw }) => saw)), [-1]);
  return tf.div(tf.sum(tf.mul(errors, counts)), tf.maximum(tf.sum(counts), 1));
}

/** KL(believed ‖ expected), mean over the looks, so that what is expected moves towards what is believed and less the other way. */
function balancedDivergence(
  expected: Gaussian,
  believed: Gaussian,
  saw: tf.Tensor2D,
  { klBalance, freeNats }: { klBalance: number; freeNats: number },
): tf.Tensor {
  const looks = tf.maximum(tf.sum(anySaw(saw)), 1);
  const counted = (q: Gaussian, p: Gaussian) => tf.maximum(tf.div(tf.sum(divergence(q, p)), looks), freeNats);
  return tf.add(
    tf.mul(counted(still(believed), expected), klBalance),
    tf.mul(counted(believed, still(expected)), 1 - klBalance),
  );
}

const still = ({ mean, std }: Gaussian): Gaussian => ({ mean: constant(mean), std: constant(std) });

/** KL(q ‖ p) of each number, nats [n, inferred]. Traceable. */
export function divergence(q: Gaussian, p: Gaussian): tf.Tensor2D {
  const ratio = tf.div(q.std, p.std);
  const apart = tf.div(tf.sub(q.mean, p.mean), p.std);
  return tf.sub(tf.mul(tf.add(tf.square(ratio), tf.square(apart)), 0.5), tf.add(tf.log(ratio), 0.5));
}
