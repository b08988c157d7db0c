import { stateNumbers } from '../../../shared/eyes';
import { type FilmStrip, STRIP_STEPS, type StripMoment } from '../../../shared/film-strip';
import { encodePng } from '../../camera/png';
import { inColours } from '../../dynamics/latent/in-colours';
import { meanShown } from '../../dynamics/latent/light';
import type { SeenEpisode } from '../../dynamics/latent/pictures';
import { Seeing } from '../../dynamics/latent/seeing';
import { pixelsOf } from '../../dynamics/latent/size';
import { compileOpenLoop, type OpenLoop } from '../../dynamics/open-loop';
import type { DynamicsModel, Eyes } from '../../dynamics/types';
import type { Engine } from '../../tensor';

/** States in one call: as many as a strip has columns, and some. */
const ROWS = 8;

/** What is known of the moments of a strip before a model looks at them. */
export interface Stretch {
  episode: number;
  row: number;
  /** A column each, the first for the row itself. */
  columns: {
    steps: number;
    second: number;
    /** [stack] pictures as the network gets them, oldest first. */
    pictures: Uint8Array[];
    /** The numbers beside them: channels, then the actions between them. */
    beside: ArrayLike<number>;
  }[];
  /** [steps of the last column, actions] that were executed. */
  actions: Float64Array;
}

/** A model that learned from pictures, ready to look at recorded steps. Call `dispose` when done. */
export class Onlooker {
  private constructor(
    readonly eyes: Eyes,
    private readonly seeing: Seeing,
    private readonly loop: OpenLoop,
  ) {}

  static async open(engine: Engine, model: DynamicsModel, eyes: Eyes): Promise<Onlooker> {
    const seeing = await Seeing.open(engine, eyes, ROWS);
    return new Onlooker(
      eyes,
      seeing,
      await compileOpenLoop(engine, model, { steps: STRIP_STEPS.at(-1) as number, batch: 1 }),
    );
  }

  /**
   * @param before of eyes that carry on what they saw: the states [rows, numbers of a state] of some rows up to the last column's, and
   *   which of them is the first column's
   */
  async strip(
    { episode, row, columns, actions }: Stretch,
    before?: { states: Float32Array; row: number },
  ): Promise<FilmStrip> {
    const { size } = this.eyes.summary;
    const width = stateNumbers(this.eyes.summary);
    const states = new Float32Array(columns.length * width);
    for (const [i, { pictures, beside, steps }] of columns.entries()) {
      const state = before
        ? before.states.subarray((before.row + steps) * width, (before.row + steps + 1) * width)
        : await this.seeing.state(pictures, beside);
      states.set(state, i * width);
    }
    const ahead = columns.slice(1).map(({ steps }) => steps);
    const imagined = await this.#imagine(states.subarray(0, width), actions, ahead);
    const shown = await this.seeing.pictures(joined(states, imagined));
    const numbers = pixelsOf(this.eyes.summary);
    const picture = (place: number) => shown.subarray(place * numbers, (place + 1) * numbers);
    const moments = columns.map(({ steps, second, pictures }, i): StripMoment => {
      const saw = pictures.at(-1) as Uint8Array;
      const said = picture(i);
      const foretold = i === 0 ? null : picture(columns.length + i - 1);
      return {
        ...{ steps, row: row + steps, second, saw: this.#file(saw), says: this.#file(said) },
        imagined: foretold && this.#file(foretold),
        saysShare: this.#share(said, saw),
        imaginedShare: foretold && this.#share(foretold, saw),
      };
    });
    return { episode, row, size, moments };
  }

  /** What states show, each [numbers of a state], as PNG files, base64; no more of them than a strip has columns. */
  async shown(states: readonly Float32Array[]): Promise<string[]> {
    const shown = await this.seeing.pictures(states.reduce(joined, new Float32Array(0)));
    const numbers = pixelsOf(this.eyes.summary);
    return states.map((_, i) => this.#file(shown.subarray(i * numbers, (i + 1) * numbers)));
  }

  /** The states of an episode's rows, of eyes that carry on what they saw. */
  async carried(seen: SeenEpisode): Promise<Float32Array> {
    return Float32Array.from((await this.seeing.episode(seen)).columns.observations);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.seeing.dispose(), this.loop.dispose()]);
  }

  /** States so many steps ahead, by the mean of the members, [ahead, numbers of a state]. */
  async #imagine(
    begin: Float32Array,
    actions: Float64Array,
    ahead: readonly number[],
  ): Promise<Float32Array> {
    const steps = ahead.at(-1) ?? 0;
    const { members } = this.loop;
    const width = begin.length;
    const states = new Float32Array(ahead.length * width);
    if (steps === 0) return states;
    const taken = actions.length / steps;
    const starts = new Float32Array(members * width);
    const acted = new Float32Array(steps * members * taken);
    for (let m = 0; m < members; m++) starts.set(begin, m * width);
    for (let step = 0; step < steps; step++) {
      for (let m = 0; m < members; m++)
        acted.set(actions.subarray(step * taken, (step + 1) * taken), (step * members + m) * taken);
    }
    const predicted = await this.loop.run(starts, acted, steps);
    for (const [k, step] of ahead.entries()) {
      for (let m = 0; m < members; m++) {
        const from = ((step - 1) * members + m) * width;
        for (let i = 0; i < width; i++)
          states[k * width + i] = states[k * width + i]! + predicted[from + i]! / members;
      }
    }
    return states;
  }

  #file(picture: Uint8Array | Uint8ClampedArray): string {
    const { rgb, width, height } = inColours(this.eyes.summary, picture);
    return Buffer.from(encodePng(rgb, width, height)).toString('base64');
  }

  #share(shown: Uint8ClampedArray, saw: Uint8Array): number | null {
    const mean = meanShown(this.eyes);
    let [error, apart] = [0, 0];
    for (let i = 0; i < saw.length; i++) {
      error += (shown[i]! - saw[i]!) ** 2;
      apart += (mean[i]! - saw[i]!) ** 2;
    }
    return apart > 0 ? 1 - error / apart : null;
  }
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
