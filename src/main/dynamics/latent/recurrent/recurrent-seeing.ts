import * as tf from '@tensorflow/tfjs-core';
import type { CompiledProgram, Engine } from '../../../tensor';
import { arrayConstants } from '../../predictor';
import type { Eyes } from '../../types';
import { encodePictures } from '../encoder';
import { writeNormalised } from '../light';
import type { SeenEpisode } from '../pictures';
import { camerasOf, coloursOf, heightOf, pixelsOf } from '../size';
import { beliefNumbers, latentOf, lookAt, recurrentOf, remember } from './filter';
import { type Looked, lookOf } from './glimpses';

/** What is believed after a step, and the latent state that it is. */
export interface Believed {
  /** What is remembered, then the means of what is inferred. */
  belief: Float32Array;
  /** [latent] */
  latent: Float32Array;
}

/** A filter that is carried from step to step through what was done and seen. Call `dispose` when done. */
export class RecurrentSeeing {
  readonly #pixels: Float32Array;

  private constructor(
    readonly eyes: Eyes,
    private readonly filter: CompiledProgram,
  ) {
    this.#pixels = new Float32Array(pixelsOf(eyes.summary));
  }

  static async open(engine: Engine, eyes: Eyes): Promise<RecurrentSeeing> {
    const { summary, arrays } = eyes;
    const { size } = summary;
    const { actions } = recurrentOf(summary);
    const weights = Object.fromEntries(arrays);
    const filter = await engine.compile(
      ({ picture, ...given }) => {
        const tensors = arrayConstants(weights);
        return filterStep(eyes, tensors, { ...given, pixels: picture } as FilterInputs);
      },
      [
        { name: 'belief', shape: [1, beliefNumbers(recurrentOf(summary))] },
        { name: 'action', shape: [1, actions] },
        { name: 'picture', shape: [1, heightOf(summary), size, coloursOf(summary)] },
        { name: 'saw', shape: [1, camerasOf(summary)] },
      ],
      { name: 'filter', threads: 1 },
    );
    return new RecurrentSeeing(eyes, filter);
  }

  /**
   * One step on.
   * @param before what was believed; null at the first step, before which nothing is known
   * @param action what was done since then [actions]; at the first step of no meaning
   * @param look what is looked at; null where nothing new was seen
   */
  async after(
    before: Float32Array | null,
    action: ArrayLike<number>,
    look: Looked | null,
  ): Promise<Believed> {
    const recurrent = recurrentOf(this.eyes.summary);
    if (look) writeNormalised(this.eyes, look.picture, this.#pixels, 0);
    else this.#pixels.fill(0);
    const { belief, latent } = (await this.filter.run({
      belief: before ?? new Float32Array(beliefNumbers(recurrent)),
      action: before ? Float32Array.from(action) : new Float32Array(recurrent.actions),
      picture: this.#pixels,
      saw: sawFeed(this.eyes.summary, look),
    })) as { belief: Float32Array; latent: Float32Array };
    return { belief: belief.slice(), latent: latent.slice() };
  }

  /** The latent states of an episode's rows, in turn [rows, latent], from row `first` on. */
  async states(seen: SeenEpisode, first: number): Promise<Float32Array> {
    const { summary } = this.eyes;
    const { actions } = recurrentOf(summary);
    const numbers = pixelsOf(summary);
    const states = new Float32Array((seen.rows - first) * summary.latent);
    let belief: Float32Array | null = null;
    for (let row = first; row < seen.rows; row++) {
      const done = seen.actions.subarray((row - 1) * actions, row * actions);
      const next: Believed = await this.after(belief, done, lookOf(seen, row, numbers));
      belief = next.belief;
      states.set(next.latent, (row - first) * summary.latent);
    }
    return states;
  }

  dispose(): Promise<void> {
    return this.filter.dispose();
  }
}

/** [cameras] 1 of each that is looked through in this step, else 0. */
export const sawFeed = (summary: Eyes['summary'], look: Looked | null): Float32Array =>
  Float32Array.from({ length: camerasOf(summary) }, (_, camera) => (look?.saw[camera] ? 1 : 0));

interface FilterInputs {
  /** [1, beliefNumbers] */
  belief: tf.Tensor2D;
  /** [1, actions] */
  action: tf.Tensor2D;
  /** [1, height, size, colours], normalised pixel by pixel */
  pixels: tf.Tensor4D;
  /** [1, cameras] */
  saw: tf.Tensor2D;
}

/** One step of a filter by its means. Traceable. */
export function filterStep(
  { summary }: Eyes,
  tensors: Parameters<typeof latentOf>[0],
  { belief, action, pixels, saw }: FilterInputs,
): { belief: tf.Tensor2D; latent: tf.Tensor2D } {
  const { remembered, inferred } = recurrentOf(summary);
  const [h, s] = tf.split(belief, [remembered, inferred], 1) as [tf.Tensor2D, tf.Tensor2D];
  const now = remember(tensors, h, s, action);
  const { believed } = lookAt(tensors, now, encodePictures(summary, tensors, pixels), saw);
  const next = tf.concat([now, believed.mean], 1);
  return { belief: next, latent: latentOf(tensors, next) };
}
