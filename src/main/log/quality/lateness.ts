import type { EpisodeFlag } from '../../../shared/flags';
import { lasting } from './clocks';
import type { Detector, LookedAt, LookedRows } from './types';

/**
 * A tick half a period late acts on a state that is half a step further than the row says. One in a hundred of them is what a
 * desktop's scheduler does now and then; more, or one that skipped a period (the loop says so), is a loop that does not keep up.
 */
const LATE_PERIODS = 0.5;
const LATE_SHARE = 0.01;

export class Lateness implements Detector {
  #late = 0;
  #rows = 0;
  #first = -1;
  #last = -1;
  #worst = { seconds: 0, step: 0 };

  constructor(private readonly episode: LookedAt) {}

  take({ latenessSeconds, firstRow, rows }: LookedRows): void {
    const least = LATE_PERIODS * this.episode.periodSeconds;
    for (let i = 0; i < rows; i++) {
      const seconds = latenessSeconds[i] ?? 0;
      if (!(seconds > least)) continue;
      const step = firstRow + i;
      this.#late += 1;
      if (this.#first < 0) this.#first = step;
      this.#last = step;
      if (seconds > this.#worst.seconds) this.#worst = { seconds, step };
    }
    this.#rows = firstRow + rows;
  }

  end(): EpisodeFlag[] {
    const skipped = this.episode.events.filter(({ kind }) => kind === 'overrun');
    if (skipped.length === 0 && this.#late <= Math.max(1, LATE_SHARE * this.#rows)) return [];
    const steps = skipped.map(({ step }) => step);
    if (this.#late > 0) steps.push(this.#first, this.#last);
    const words = [
      ...(skipped.length > 0 ? [`${skipped.length} skipped a period or more`] : []),
      ...(this.#late > 0 ? [`${this.#late} of ${this.#rows} were half a period late or more`] : []),
      ...(this.#late > 0 ? [`the worst by ${lasting(this.#worst.seconds)} at step ${this.#worst.step}`] : []),
    ];
    const message = `The control loop did not keep its time: of its ticks ${words.join(', ')}.`;
    const amount = Math.max(this.#late, skipped.length);
    const range = { from: Math.min(...steps), to: Math.max(...steps) };
    return [{ kind: 'late', channel: null, ...range, amount, message }];
  }
}
