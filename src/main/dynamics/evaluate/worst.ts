import type { WorstSegment } from '../../../shared/model';
import type { TrainingEpisode } from '../types';
import { difference, type JudgedChannel, recorded, type Start, startRows, stepsAfter } from './judged';

/** Stretches that are reported at most. */
const REPORTED = 10;
/** Stretches that are tried at most; on longer recordings they lie farther apart. */
const MAX_TRIED = 8000;

/** Starts of the stretches that are tried: they overlap by half, and the last one reaches an episode's end. */
export function stretches(episodes: readonly TrainingEpisode[], before: number, steps: number): Start[] {
  const rows = episodes.reduce((sum, { columns }) => sum + columns.rows, 0);
  const stride = Math.max(1, Math.floor(steps / 2), Math.ceil(rows / MAX_TRIED));
  return episodes.flatMap((episode) => {
    const last = Math.max(before, episode.columns.rows - 1 - steps);
    if (episode.columns.rows - 1 - before < 1) return [];
    const regular = Array.from(
      { length: Math.ceil((last - before) / stride) },
      (_, i) => before + i * stride,
    );
    const usable = new Set(startRows(episode, before));
    return [...regular, last].filter((row) => usable.has(row)).map((row) => ({ episode, row }));
  });
}

/** Squared open-loop errors of one stretch, in units of the channels' spread, summed over its steps. */
interface Stretch {
  start: Start;
  squares: Float64Array;
}

/** Where predictions of `steps` steps go wrong most. */
export class WorstSegments {
  private readonly found = new Map<Start, Stretch>();

  /** @param spread [channels]; 0 for one that never changes, which is left out */
  constructor(
    private readonly channels: readonly JudgedChannel[],
    private readonly spread: readonly number[],
    private readonly observations: number,
    private readonly steps: number,
  ) {}

  add(start: Start, step: number, predicted: Float32Array): void {
    const stretch = this.found.get(start) ?? { start, squares: new Float64Array(this.channels.length) };
    this.found.set(start, stretch);
    this.channels.forEach((info, c) => {
      const unit = this.spread[c];
      if (unit === 0) return;
      const truth = recorded(start.episode, start.row + step, c, this.observations);
      const error = difference(info, predicted[c], truth) / unit;
      stretch.squares[c] = stretch.squares[c] + Math.min(error * error || 0, 1e12);
    });
  }

  /** The worst ones first; no two of them share a step. */
  segments(): WorstSegment[] {
    const counted = this.spread.filter((unit) => unit > 0).length;
    if (counted === 0) return [];
    const lengthOf = ({ start }: Stretch) => Math.min(this.steps, stepsAfter(start));
    const errorOf = (one: Stretch) =>
      Math.sqrt(one.squares.reduce((a, b) => a + b, 0) / counted / lengthOf(one));
    const ranked = [...this.found.values()]
      .map((stretch) => ({ stretch, error: errorOf(stretch) }))
      .sort((a, b) => b.error - a.error);
    const chosen: typeof ranked = [];
    for (const one of ranked) {
      const overlaps = chosen.some(({ stretch }) => {
        const [a, b] = [stretch.start, one.stretch.start];
        return (
          a.episode === b.episode &&
          a.row < b.row + lengthOf(one.stretch) &&
          b.row < a.row + lengthOf(stretch)
        );
      });
      if (!overlaps) chosen.push(one);
      if (chosen.length === REPORTED) break;
    }
    return chosen.map(({ stretch, error }) => ({
      episode: stretch.start.episode.id,
      row: (stretch.start.episode.firstRow ?? 0) + stretch.start.row,
      steps: lengthOf(stretch),
      error,
      channel: this.channels[stretch.squares.indexOf(Math.max(...stretch.squares))]?.name ?? '',
    }));
  }
}
