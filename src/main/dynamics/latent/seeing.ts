import * as tf from '@tensorflow/tfjs-core';
import { stateNumbers } from '../../../shared/eyes';
import type { CompiledProgram, Engine } from '../../tensor';
import { arrayConstants } from '../predictor';
import type { Eyes, TrainingEpisode } from '../types';
import { normaliseActs } from './acts';
import { decodePictures } from './decoder';
import { encodePictures, joinFeatures } from './encoder';
import { writeNormalised, writeShown } from './light';
import { besideAt, firstSeeing, hasEnded, pictureAt, type SeenEpisode } from './pictures';
import { RecurrentSeeing } from './recurrent/recurrent-seeing';
import { coloursOf, heightOf, pixelsOf } from './size';

/** States in one call. */
const ROWS = 64;

/** Pictures to latent states, and back. Call `dispose` when done. */
export class Seeing {
  private constructor(
    readonly eyes: Eyes,
    private readonly rows: number,
    private readonly encoder: CompiledProgram | null,
    /** Of eyes that carry what they saw from step to step. */
    readonly filter: RecurrentSeeing | null,
    private readonly decoder: CompiledProgram,
  ) {}

  /** @param rows states in one call */
  static async open(engine: Engine, eyes: Eyes, rows = ROWS): Promise<Seeing> {
    const { summary, arrays } = eyes;
    const { size, stack, latent } = summary;
    const [height, colours] = [heightOf(summary), coloursOf(summary)];
    const weights = Object.fromEntries(arrays);
    const filter = summary.recurrent ? await RecurrentSeeing.open(engine, eyes) : null;
    const encoder = filter
      ? null
      : await engine.compile(
          ({ pictures, acts }) => {
            const tensors = arrayConstants(weights);
            const features = encodePictures(
              summary,
              tensors,
              tf.reshape(pictures as tf.Tensor, [stack * rows, height, size, colours]),
            );
            const each = tf.split(features, stack, 0) as tf.Tensor2D[];
            return { latent: joinFeatures(summary, tensors, each, acts as tf.Tensor2D | undefined) };
          },
          [
            { name: 'pictures', shape: [stack, rows, height, size, colours] },
            ...(summary.acts > 0 ? [{ name: 'acts', shape: [rows, summary.acts] }] : []),
          ],
          { name: 'encoder', threads: 1 },
        );
    const decoder = await engine.compile(
      (given) => ({
        pictures: decodePictures(summary, arrayConstants(weights), given.latent as tf.Tensor2D),
      }),
      [{ name: 'latent', shape: [rows, latent] }],
      { name: 'decoder', threads: 1 },
    );
    return new Seeing(eyes, rows, encoder, filter, decoder);
  }

  /**
   * What a rig sees now, by eyes that infer it from the newest pictures alone.
   * @param pictures [stack], oldest first, each [height, size, colours]
   * @param beside the numbers beside them: channels, then the actions between them, oldest first; 0 where left out
   * @returns the state (shared/eyes.ts), of an episode that has not ended
   */
  async state(pictures: readonly Uint8Array[], beside: ArrayLike<number> = []): Promise<Float32Array> {
    const inferred = await this.#encode(
      1,
      (_, age) => pictures[age] as Uint8Array,
      () => beside,
    );
    return this.stateOf(inferred, beside);
  }

  /** What was inferred and the channels at the head of the numbers beside it, as the state of an episode that has not ended. */
  stateOf(inferred: Float32Array, beside: ArrayLike<number>): Float32Array {
    const state = new Float32Array(stateNumbers(this.eyes.summary));
    state.set(inferred.subarray(0, this.eyes.summary.latent));
    const channels = Array.from(beside).slice(0, this.eyes.summary.beside.length);
    state.set(channels, state.length - channels.length);
    return state;
  }

  /** The states of an episode's rows that saw a picture, as a recording of them. */
  async episode(seen: SeenEpisode): Promise<TrainingEpisode> {
    const { summary } = this.eyes;
    const { latent, ends } = summary;
    const width = stateNumbers(summary);
    const first = firstSeeing(seen);
    const rows = seen.rows - first;
    const observations = new Float64Array(rows * width);
    const inferred = this.filter
      ? await this.filter.states(seen, first)
      : await this.#encodeRows(seen, first, rows);
    for (let row = 0; row < rows; row++) {
      observations.set(inferred.subarray(row * latent, (row + 1) * latent), row * width);
      const channels = besideAt(seen, first + row).subarray(0, summary.beside.length);
      observations.set(channels, (row + 1) * width - channels.length);
    }
    for (let row = 0; ends && row < rows; row++) {
      if (hasEnded(seen, first + row)) observations[row * width + latent] = 1;
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
   * What states show.
   * @param states [n, numbers of a state]
   * @returns [n, height, size, colours], 0 to 255
   */
  async pictures(states: Float32Array): Promise<Uint8ClampedArray> {
    const { summary } = this.eyes;
    const numbers = pixelsOf(summary);
    const width = stateNumbers(summary);
    const count = states.length / width;
    const shown = new Uint8ClampedArray(count * numbers);
    const feed = new Float32Array(this.rows * summary.latent);
    for (let from = 0; from < count; from += this.rows) {
      const some = Math.min(this.rows, count - from);
      for (let row = 0; row < some; row++) {
        const at = (from + row) * width;
        feed.set(states.subarray(at, at + summary.latent), row * summary.latent);
      }
      const { pictures } = await this.decoder.run({ latent: feed });
      for (let k = 0; k < some; k++) {
        const drawn = (pictures as Float32Array).subarray(k * numbers, (k + 1) * numbers);
        writeShown(this.eyes, drawn, shown, (from + k) * numbers);
      }
    }
    return shown;
  }

  async dispose(): Promise<void> {
    await Promise.all([this.encoder?.dispose(), this.filter?.dispose(), this.decoder.dispose()]);
  }

  /** [rows, latent] of rows from `first` on. */
  async #encodeRows(seen: SeenEpisode, first: number, rows: number): Promise<Float32Array> {
    const { latent, stack } = this.eyes.summary;
    const numbers = pixelsOf(this.eyes.summary);
    const all = new Float32Array(rows * latent);
    for (let from = 0; from < rows; from += this.rows) {
      const count = Math.min(this.rows, rows - from);
      const states = await this.#encode(
        count,
        (row, age) => pictureAt(seen, first + from + row - (stack - 1) + age, numbers),
        (row) => besideAt(seen, first + from + row),
      );
      all.set(states.subarray(0, count * latent), from * latent);
    }
    return all;
  }

  /** [rows, latent], the first `count` of which mean something. */
  async #encode(
    count: number,
    picture: (row: number, age: number) => Uint8Array,
    beside: (row: number) => ArrayLike<number>,
  ): Promise<Float32Array> {
    const { summary } = this.eyes;
    const numbers = pixelsOf(summary);
    const feed = new Float32Array(summary.stack * this.rows * numbers);
    for (let age = 0; age < summary.stack; age++) {
      for (let row = 0; row < count; row++) {
        writeNormalised(this.eyes, picture(row, age), feed, (age * this.rows + row) * numbers);
      }
    }
    if (!this.encoder) throw new RangeError('these eyes infer nothing from the newest pictures alone');
    const { acts } = summary;
    const done = new Float32Array(acts * this.rows);
    for (let row = 0; acts > 0 && row < count; row++) {
      const given = beside(row);
      if (given.length > 0) normaliseActs(this.eyes, given, done, row * acts);
    }
    const { latent } = await this.encoder.run({ pictures: feed, ...(acts > 0 && { acts: done }) });
    return latent as Float32Array;
  }
}
