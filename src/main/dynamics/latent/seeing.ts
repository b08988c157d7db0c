import * as tf from '@tensorflow/tfjs-core';
import type { CompiledProgram, Engine } from '../../tensor';
import { arrayConstants } from '../predictor';
import type { Eyes, TrainingEpisode } from '../types';
import { decodePictures } from './decoder';
import { encodePictures, joinFeatures } from './encoder';
import { firstSeeing, pictureAt, type SeenEpisode, writeNormalised } from './pictures';
import { coloursOf, pixelsOf } from './size';

/** States in one call. */
const ROWS = 64;

/** Pictures to latent states, and back. Call `dispose` when done. */
export class Seeing {
  private constructor(
    readonly eyes: Eyes,
    private readonly rows: number,
    private readonly encoder: CompiledProgram,
    private readonly decoder: CompiledProgram,
  ) {}

  /** @param rows states in one call */
  static async open(engine: Engine, eyes: Eyes, rows = ROWS): Promise<Seeing> {
    const { summary, arrays } = eyes;
    const { size, stack, latent } = summary;
    const colours = coloursOf(summary);
    const weights = Object.fromEntries(arrays);
    const encoder = await engine.compile(
      ({ pictures }) => {
        const tensors = arrayConstants(weights);
        const features = encodePictures(
          summary,
          tensors,
          tf.reshape(pictures as tf.Tensor, [stack * rows, size, size, colours]),
        );
        return { latent: joinFeatures(tensors, tf.split(features, stack, 0) as tf.Tensor2D[]) };
      },
      [{ name: 'pictures', shape: [stack, rows, size, size, colours] }],
      { name: 'encoder', threads: 1 },
    );
    const decoder = await engine.compile(
      (given) => ({
        pictures: decodePictures(summary, arrayConstants(weights), given.latent as tf.Tensor2D),
      }),
      [{ name: 'latent', shape: [rows, latent] }],
      { name: 'decoder', threads: 1 },
    );
    return new Seeing(eyes, rows, encoder, decoder);
  }

  /**
   * What a rig sees now.
   * @param pictures [stack], oldest first, each [size, size, colours]
   * @returns [latent]
   */
  async state(pictures: readonly Uint8Array[]): Promise<Float32Array> {
    return (await this.#encode(1, (_, age) => pictures[age] as Uint8Array)).subarray(
      0,
      this.eyes.summary.latent,
    );
  }

  /** The latent states of an episode's rows that saw a picture, as a recording of them. */
  async episode(seen: SeenEpisode): Promise<TrainingEpisode> {
    const { summary } = this.eyes;
    const { latent, stack } = summary;
    const numbers = pixelsOf(summary);
    const first = firstSeeing(seen);
    const rows = seen.rows - first;
    const observations = new Float64Array(rows * latent);
    for (let from = 0; from < rows; from += this.rows) {
      const count = Math.min(this.rows, rows - from);
      const states = await this.#encode(count, (row, age) =>
        pictureAt(seen, first + from + row - (stack - 1) + age, numbers),
      );
      observations.set(states.subarray(0, count * latent), from * latent);
    }
    const actions = seen.actions.length / seen.rows;
    return {
      id: seen.id,
      firstRow: seen.firstRow + first,
      columns: {
        ...{ rows, observations },
        actions: seen.actions.slice(first * actions),
        deviceSeconds: seen.deviceSeconds.slice(first),
        reward: seen.reward.slice(first),
      },
    };
  }

  /**
   * What latent states show.
   * @param states [n, latent]
   * @returns [n, size, size, colours], 0 to 255
   */
  async pictures(states: Float32Array): Promise<Uint8ClampedArray> {
    const { summary, arrays } = this.eyes;
    const numbers = pixelsOf(summary);
    const count = states.length / summary.latent;
    const mean = arrays.get('pixel/mean')?.values as Float32Array;
    const scale = arrays.get('pixel/scale')?.values as Float32Array;
    const shown = new Uint8ClampedArray(count * numbers);
    const feed = new Float32Array(this.rows * summary.latent);
    for (let from = 0; from < count; from += this.rows) {
      const some = Math.min(this.rows, count - from);
      feed.set(states.subarray(from * summary.latent, (from + some) * summary.latent));
      const { pictures } = await this.decoder.run({ latent: feed });
      for (let i = 0; i < some * numbers; i++) {
        const pixel = i % numbers;
        shown[from * numbers + i] = 255 * ((pictures?.[i] as number) / scale[pixel]! + mean[pixel]!);
      }
    }
    return shown;
  }

  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.decoder.dispose()]);
  }

  /** [rows, latent], the first `count` of which mean something. */
  async #encode(count: number, picture: (row: number, age: number) => Uint8Array): Promise<Float32Array> {
    const { summary, arrays } = this.eyes;
    const numbers = pixelsOf(summary);
    const feed = new Float32Array(summary.stack * this.rows * numbers);
    for (let age = 0; age < summary.stack; age++) {
      for (let row = 0; row < count; row++) {
        writeNormalised(arrays, picture(row, age), feed, (age * this.rows + row) * numbers);
      }
    }
    const { latent } = await this.encoder.run({ pictures: feed });
    return latent as Float32Array;
  }
}
