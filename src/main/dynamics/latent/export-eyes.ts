import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { stateNumbers } from '../../../shared/eyes';
import { writeWhole } from '../../files/write-whole';
import { createSession, type TensorProgram, type TensorSpec, traceProgram } from '../../tensor';
import { exportMetadata } from '../export';
import { named } from '../mlp';
import { arrayConstants } from '../predictor';
import type { DynamicsModel, Eyes } from '../types';
import { decodePictures } from './decoder';
import { encodePictures, joinFeatures } from './encoder';
import { besideAt, firstSeeing, picturesAt, type SeenEpisode } from './pictures';
import type { Seeing } from './seeing';
import { coloursOf } from './size';

/** Rows that an exported encoder is compared on at most. */
const CHECKED = 100;

/** What lies beside the exported file of a model that learned from pictures: what it sees with, and what shows what it saw. */
export const eyesFiles = (file: string): { encoder: string; decoder: string } => {
  const stem = file.replace(/\.onnx$/i, '');
  return { encoder: `${stem}.encoder.onnx`, decoder: `${stem}.decoder.onnx` };
};

/**
 * "pictures" [1, stack, size, size, colours], 0 to 255, oldest first, and "channels" [1, n] where there are some beside them → "latent"
 * [1, numbers of a state] of an episode that has not ended.
 */
export function encoderProgram({ summary, arrays }: Eyes): { program: TensorProgram; specs: TensorSpec[] } {
  const { size, stack, ends, beside } = summary;
  const shape = [1, stack, size, size, coloursOf(summary)];
  return {
    specs: [
      { name: 'pictures', shape },
      ...(beside.length > 0 ? [{ name: 'channels', shape: [1, beside.length] }] : []),
    ],
    program: ({ pictures, channels }) => {
      const tensors = arrayConstants(Object.fromEntries(arrays));
      const light = tf.mul(tf.reshape(pictures as tf.Tensor, shape.slice(1)), 1 / 255);
      const pixels = tf.mul(tf.sub(light, named(tensors, 'pixel/mean')), named(tensors, 'pixel/scale'));
      const features = encodePictures(summary, tensors, pixels as unknown as tf.Tensor4D);
      const inferred = joinFeatures(tensors, tf.split(features, stack, 0) as tf.Tensor2D[]);
      const others = [...(ends ? [tf.zeros([1, 1])] : []), ...(channels ? [channels] : [])];
      return {
        latent: others.length === 0 ? inferred : tf.concat([inferred, ...others] as tf.Tensor2D[], 1),
      };
    },
  };
}

/** "latent" [1, numbers of a state] → "picture" [1, size, size, colours], 0 to 255 where it shows something real. */
export function decoderProgram({ summary, arrays }: Eyes): { program: TensorProgram; specs: TensorSpec[] } {
  return {
    specs: [{ name: 'latent', shape: [1, stateNumbers(summary)] }],
    program: ({ latent }) => {
      const tensors = arrayConstants(Object.fromEntries(arrays));
      const inferred = tf.slice(latent as tf.Tensor2D, [0, 0], [1, summary.latent]);
      const drawn = decodePictures(summary, tensors, inferred);
      const light = tf.add(tf.div(drawn, named(tensors, 'pixel/scale')), named(tensors, 'pixel/mean'));
      return { picture: tf.mul(light, 255) };
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
      const feed = Float32Array.from(pictures.flatMap((picture) => [...picture]));
      const beside = besideAt(episode, row);
      const channels: Record<string, Float32Array> =
        beside.length > 0 ? { channels: Float32Array.from(beside) } : {};
      const { latent } = await exported.run({ pictures: feed, ...channels });
      const own = await seeing.state(pictures, beside);
      own.forEach((value, at) => {
        const difference = Math.abs(value - (latent?.[at] ?? Number.NaN));
        largestDifference = Math.max(
          largestDifference,
          Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference,
        );
      });
    }
  } finally {
    await exported.dispose();
  }
  return { rows: count, largestDifference };
}
