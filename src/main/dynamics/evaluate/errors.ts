import type { Evaluation } from '../../../shared/model';
import { difference, type JudgedChannel, recorded, type Start, stepsAfter } from './judged';

/** A prediction that has run off to infinity counts as this far away, so that a mean over starts stays a number. */
const FARTHEST = 1e15;

type Kind = 'error' | 'last' | 'velocity';

/** Squared errors of the model and of the trivial predictors by step and channel, for every step ahead. */
export class ErrorSums {
  readonly samples: Float64Array;
  /** Predictions that ran off to infinity. */
  diverged = 0;
  private readonly squares: Record<Kind, Float64Array>;

  /** @param observations how many of the channels are observations; the reward comes after them */
  constructor(
    private readonly longest: number,
    private readonly channels: readonly JudgedChannel[],
    private readonly observations: number,
  ) {
    const zeros = () => new Float64Array(longest * channels.length);
    this.samples = new Float64Array(longest);
    this.squares = { error: zeros(), last: zeros(), velocity: zeros() };
  }

  /** @param predicted [channels] `step` steps after the start */
  add(start: Start, step: number, predicted: Float32Array): void {
    if (step > stepsAfter(start)) return;
    const { episode, row } = start;
    this.samples[step - 1] = this.samples[step - 1] + 1;
    this.channels.forEach((info, channel) => {
      const at = (r: number) => recorded(episode, r, channel, this.observations);
      const [truth, now] = [at(row + step), at(row)];
      const change = difference(info, now, at(row - 1));
      const add = (kind: Kind, value: number) => {
        const apart = difference(info, value, truth);
        const far = Math.abs(apart) < FARTHEST ? apart : FARTHEST;
        if (far === FARTHEST && kind === 'error') this.diverged++;
        const i = (step - 1) * this.channels.length + channel;
        this.squares[kind][i] = this.squares[kind][i] + far ** 2;
      };
      add('error', predicted[channel]);
      add('last', now);
      // There may be no reward before the first step.
      add('velocity', now + step * (Number.isFinite(change) ? change : 0));
    });
  }

  /** Root mean square at a step; null without a start that is far enough from its episode's end. */
  rms(kind: Kind, step: number, channel: number): number | null {
    const count = this.samples[step - 1] ?? 0;
    if (count === 0) return null;
    return Math.sqrt(this.squares[kind][(step - 1) * this.channels.length + channel] / count);
  }

  evaluation(horizons: readonly number[]): Omit<Evaluation, 'judgedOn'> {
    const series = (kind: Kind, channel: number) => horizons.map((step) => this.rms(kind, step, channel));
    return {
      report: null,
      horizons: [...horizons],
      samples: horizons.map((step) => this.samples[step - 1] ?? 0),
      channels: this.channels.map(({ name, unit }, channel) => ({
        ...{ name, unit },
        error: series('error', channel),
        last: series('last', channel),
        velocity: series('velocity', channel),
      })),
    };
  }

  /**
   * Steps ahead before the error first passes `limit`, up to the last step with at least `least` starts. First failure:
   * an error that comes back down (as of anything that swings) does not earn trust again.
   */
  trusted(channel: number, limit: number, least: number): { trusted: number | null; measured: number } {
    let [trusted, measured, failed] = [0, 0, false];
    for (let step = 1; step <= this.longest && this.samples[step - 1] >= least; step++) {
      measured = step;
      failed ||= (this.rms('error', step, channel) as number) > limit;
      if (!failed) trusted = step;
    }
    return { trusted: trusted === 0 ? null : trusted, measured };
  }
}
