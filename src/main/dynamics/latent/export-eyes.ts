import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { besideNumbers, stateNumbers } from '../../../shared/eyes';
import { writeWhole } from '../../files/write-whole';
import { createSession, type TensorProgram, type TensorSpec, traceProgram } from '../../tensor';
import { exportMetadata } from '../export';
import { named } from '../mlp';
import { arrayConstants } from '../predictor';
import type { DynamicsModel, Eyes } from '../types';
import { ACT_ARRAYS } from './acts';
import { decodePictures } from './decoder';
import { encodePictures, joinFeatures } from './encoder';
import { normalisedIn, shownIn } from './light';
import { besideAt, firstSeeing, picturesAt, type SeenEpisode } from './pictures';
import { beliefNumbers, recurrentOf } from './recurrent/filter';
import { type Looked, lookOf } from './recurrent/glimpses';
import { filterStep, type RecurrentSeeing, sawFeed } from './recurrent/recurrent-seeing';
import type { Seeing } from './seeing';
import { camerasOf, coloursOf, heightOf, pixelsOf } from './size';

/** Rows that an exported encoder is compared on at most. */
const CHECKED = 100;

/** What lies beside the exported file of a model that learned from pictures: what it sees with, and what shows what it saw. */
export const eyesFiles = (file: string): { encoder: string; decoder: string } => {
  const stem = file.replace(/\.onnx$/i, '');
  return { encoder: `${stem}.encoder.onnx`, decoder: `${stem}.decoder.onnx` };
};

/**
 * "pictures" [1, stack, height, size, colours], 0 to 255, oldest first, of several cameras one below the other; "beside" [1, n] where there is something beside them: channels, then
 * the actions executed between them, SI units, oldest first → "latent" [1, numbers of a state] of an episode that has not ended.
 */
export function encoderProgram(eyes: Eyes): { program: TensorProgram; specs: TensorSpec[] } {
  const { summary, arrays } = eyes;
  if (summary.recurrent) return filterProgram(eyes);
  const { size, stack, ends, acts } = summary;
  const [own, all] = [summary.beside.length, besideNumbers(summary)];
  const shape = [1, stack, heightOf(summary), size, coloursOf(summary)];
  return {
    specs: [{ name: 'pictures', shape }, ...(all > 0 ? [{ name: 'beside', shape: [1, all] }] : [])],
    program: ({ pictures, beside }) => {
      const tensors = arrayConstants(Object.fromEntries(arrays));
      const pixels = normalisedIn(summary, tensors, tf.reshape(pictures as tf.Tensor, shape.slice(1)));
      const features = encodePictures(summary, tensors, pixels);
      const part = (from: number, count: number) =>
        count > 0 ? (tf.slice(beside as tf.Tensor2D, [0, from], [1, count]) as tf.Tensor2D) : undefined;
      const [mean, scale] = ACT_ARRAYS;
      const given = part(own, acts);
      const done = given && tf.mul(tf.sub(given, named(tensors, mean)), named(tensors, scale));
      const seen = tf.split(features, stack, 0) as tf.Tensor2D[];
      const inferred = joinFeatures(summary, tensors, seen, done as tf.Tensor2D | undefined);
      return { latent: wholeState(inferred, ends, part(0, own)) };
    },
  };
}

/** What was inferred, an episode that has not ended, and the channels beside. */
function wholeState(inferred: tf.Tensor2D, ends: boolean, channels: tf.Tensor | undefined): tf.Tensor2D {
  const others = [...(ends ? [tf.zeros([1, 1])] : []), ...(channels ? [channels] : [])];
  return others.length === 0 ? inferred : tf.concat([inferred, ...others] as tf.Tensor2D[], 1);
}

/**
 * One step of eyes that carry on what they saw: "belief" [1, n] of the step before (zeros at the first), "action" [1, actions] that was
 * executed since then, "picture" [1, height, size, colours], 0 to 255, "saw" [1, cameras], which is 0 where there is no new one, and "channels"
 * where there are some → "belief_next" and "latent".
 */
function filterProgram(eyes: Eyes): { program: TensorProgram; specs: TensorSpec[] } {
  const { summary, arrays } = eyes;
  const { size, ends, beside } = summary;
  const recurrent = recurrentOf(summary);
  return {
    specs: [
      { name: 'belief', shape: [1, beliefNumbers(recurrent)] },
      { name: 'action', shape: [1, recurrent.actions] },
      { name: 'picture', shape: [1, heightOf(summary), size, coloursOf(summary)] },
      { name: 'saw', shape: [1, camerasOf(summary)] },
      ...(beside.length > 0 ? [{ name: 'channels', shape: [1, beside.length] }] : []),
    ],
    program: ({ belief, action, picture, saw, channels }) => {
      const tensors = arrayConstants(Object.fromEntries(arrays));
      const pixels = normalisedIn(summary, tensors, picture as tf.Tensor);
      const next = filterStep(eyes, tensors, {
        ...{ belief: belief as tf.Tensor2D, action: action as tf.Tensor2D },
        ...{ pixels, saw: saw as tf.Tensor2D },
      });
      return { belief: next.belief, latent: wholeState(next.latent, ends, channels) };
    },
  };
}

/** One step of eyes that carry on what they saw, as `RecurrentSeeing.after` takes it. */
export interface FilterStep {
  before: Float32Array | null;
  action: ArrayLike<number>;
  look: Looked | null;
}

/** What an exported encoder is given, of the newest pictures. @param pictures [stack], oldest first, 0 to 255 */
export const pictureFeeds = (
  pictures: readonly Uint8Array[],
  beside: ArrayLike<number>,
): Record<string, Float32Array> => ({
  pictures: Float32Array.from(pictures.flatMap((picture) => [...picture])),
  ...(beside.length > 0 && { beside: Float32Array.from(beside) }),
});

/** The same of one that carries on what it saw. */
export function filterFeeds(
  summary: Eyes['summary'],
  { before, action, look }: FilterStep,
  channels: ArrayLike<number>,
): Record<string, Float32Array> {
  const recurrent = recurrentOf(summary);
  return {
    belief: before ?? new Float32Array(beliefNumbers(recurrent)),
    action: before ? Float32Array.from(action) : new Float32Array(recurrent.actions),
    picture: Float32Array.from(look?.picture ?? new Uint8Array(pixelsOf(summary))),
    saw: sawFeed(summary, look),
    ...(channels.length > 0 && { channels: Float32Array.from(channels) }),
  };
}

/** "latent" [1, numbers of a state] → "picture" [1, height, size, colours], 0 to 255 where it shows something real. */
export function decoderProgram({ summary, arrays }: Eyes): { program: TensorProgram; specs: TensorSpec[] } {
  return {
    specs: [{ name: 'latent', shape: [1, stateNumbers(summary)] }],
    program: ({ latent }) => {
      const tensors = arrayConstants(Object.fromEntries(arrays));
      const inferred = tf.slice(latent as tf.Tensor2D, [0, 0], [1, summary.latent]);
      const drawn = decodePictures(summary, tensors, inferred);
      return { picture: shownIn(summary, tensors, drawn) };
    },
  };
}

/** Writes encoder and decoder beside the model's own file, with the same metadata and "foresight.eyes". */
export async function exportEyes(
  model: DynamicsModel,
  eyes: Eyes,
  file: string,
  foresight: string,
): Promise<void> {
  const metadata = { ...exportMetadata(model, foresight), 'foresight.eyes': JSON.stringify(eyes.summary) };
  const files = eyesFiles(file);
  for (const [path, { program, specs }, what] of [
    [files.encoder, encoderProgram(eyes), 'encoder'],
    [files.decoder, decoderProgram(eyes), 'decoder'],
  ] as const) {
    const { onnx } = traceProgram(program, specs, { name: `${model.summary.name}, ${what}`, metadata });
    await writeWhole(path, onnx);
  }
}

/**
 * The exported encoder, one row at a time as a controller would have it, beside what the app infers.
 * @returns the largest difference of any number of a latent state, whose deviation is 1
 */
export async function checkEyes(
  seeing: Seeing,
  file: string,
  episodes: readonly SeenEpisode[],
): Promise<{ rows: number; largestDifference: number }> {
  if (seeing.filter) return checkFilter(seeing, seeing.filter, eyesFiles(file).encoder, episodes);
  const all = episodes.flatMap((episode) =>
    Array.from({ length: Math.max(0, episode.rows - firstSeeing(episode)) }, (_, i) => ({
      ...{ episode, row: firstSeeing(episode) + i },
    })),
  );
  const count = Math.min(CHECKED, all.length);
  const path = eyesFiles(file).encoder;
  const exported = await createSession(await readFile(path), { name: path });
  let largestDifference = 0;
  try {
    for (let i = 0; i < count; i++) {
      const { episode, row } = all[Math.floor(((i + 0.5) * all.length) / count)]!;
      const pictures = picturesAt(episode, row, seeing.eyes.summary);
      const beside = besideAt(episode, row);
      const { latent } = await exported.run(pictureFeeds(pictures, beside));
      const own = await seeing.state(pictures, beside);
      largestDifference = Math.max(largestDifference, apart(own, latent));
    }
  } finally {
    await exported.dispose();
  }
  return { rows: count, largestDifference };
}

/** The largest difference of any number; Infinity where one is missing or none. */
function apart(own: Float32Array, other: ArrayLike<number> | undefined): number {
  return own.reduce((largest, value, at) => {
    const difference = Math.abs(value - (other?.[at] ?? Number.NaN));
    return Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }, 0);
}

/** The same of eyes that carry on what they saw: from the beginning of the longest episode, each with its own belief. */
async function checkFilter(
  seeing: Seeing,
  filter: RecurrentSeeing,
  path: string,
  episodes: readonly SeenEpisode[],
): Promise<{ rows: number; largestDifference: number }> {
  const { summary } = seeing.eyes;
  const numbers = pixelsOf(summary);
  const { actions } = recurrentOf(summary);
  const [episode] = episodes.toSorted((a, b) => b.rows - a.rows);
  const rows = Math.min(CHECKED, episode?.rows ?? 0);
  const exported = await createSession(await readFile(path), { name: path });
  let largestDifference = 0;
  let own: Float32Array | null = null;
  let belief: Float32Array | null = null;
  try {
    for (let row = 0; episode && row < rows; row++) {
      const action = episode.actions.subarray((row - 1) * actions, row * actions);
      const look = lookOf(episode, row, numbers);
      const beside = besideAt(episode, row);
      const answer = await exported.run(filterFeeds(summary, { before: belief, action, look }, beside));
      const next = await filter.after(own, action, look);
      largestDifference = Math.max(
        largestDifference,
        apart(seeing.stateOf(next.latent, beside), answer.latent as Float32Array),
      );
      own = next.belief;
      belief = Float32Array.from(answer.belief_next as Float32Array);
    }
  } finally {
    await exported.dispose();
  }
  return { rows, largestDifference };
}
