import type { EpisodeFlag } from '../../../shared/flags';
import { lasting } from './clocks';
import { Ranges } from './ranges';
import {
  amountOf,
  type Detector,
  FOLLOWS,
  type LookedAt,
  type LookedRows,
  type ReadRows,
  type Stretch,
  stepsOf,
  withoutFlood,
} from './types';

/** So many rows on end that are the same to the bit; fewer happen where a slow joint has a coarse encoder. */
const LEAST_ROWS = 25;
/** And so many times as long as nine of ten of the channel's own stretches without a change. */
const TIMES_USUAL = 10;
/** Stretches of a channel that are kept, the longest. */
const MOST_KEPT = 32;
/** An action moves in a stretch where it goes over such a share of what it goes over in the whole episode. */
const MOVES_SHARE = 0.1;
/** A rig is moved where such a share of the actions that move at all do: one joint may well rest while another is moved. */
const MOVED_SHARE = 0.5;

/** Rows of a stretch that are enough to see whether actions move. */
const READ_ROWS = 1024;

/**
 * Channels that stand still to the bit while the actions move. One that begins to is `frozen`; one that never moved is `constant`
 * – a sensor that is not connected, or a goal that is one number for an episode: which of them, other episodes tell.
 */
export class Frozen implements Detector {
  readonly #channels: Run[];
  readonly #moves: Ranges;
  #rows = 0;

  constructor(
    private readonly episode: LookedAt,
    private readonly read: ReadRows,
  ) {
    this.#channels = episode.observations.map(() => ({
      ...{ value: Number.NaN, since: 0, kept: [], lengths: new Map<number, number>(), runs: 0 },
    }));
    this.#moves = new Ranges(episode.actions.length);
  }

  take({ observations, actions, firstRow, rows, follows }: LookedRows): void {
    const width = this.#channels.length;
    for (let i = 0; i < rows; i++) {
      if (follows[i] === FOLLOWS.again) continue;
      for (let c = 0; c < width; c++) {
        const run = this.#channels[c];
        const value = observations[i * width + c] ?? Number.NaN;
        if (run === undefined || Object.is(value, run.value)) continue;
        if (firstRow + i > 0) close(run, firstRow + i - 1);
        run.value = value;
        run.since = firstRow + i;
      }
    }
    this.#moves.take(actions);
    this.#rows = firstRow + rows;
  }

  end(): EpisodeFlag[] {
    const last = this.#rows - 1;
    const found = this.#channels.map((run) => {
      if (this.#rows > 0) close(run, last);
      const least = Math.max(LEAST_ROWS, TIMES_USUAL * usualLength(run));
      const still = run.kept
        .filter((stretch) => stretch.to - stretch.from + 1 >= least && this.#isMoved(stretch))
        .sort((a, b) => a.from - b.from);
      // What lay still at first and moved later (a thing that is pushed) may lie still again.
      const [first] = still;
      return first?.from === 0 && first.to < last ? [] : still;
    });
    const together = this.#together(found);
    return found
      .flatMap((stretches, c) => {
        const channel = this.episode.observations[c];
        if (channel === undefined) return [];
        const flags = stretches
          .filter((stretch) => !(together && overlaps(together, stretch)))
          .map((stretch) => this.#flag(channel, stretch, last));
        return withoutFlood(flags, (count) => `${channel.name} stands still ${count} times more.`);
      })
      .concat(together ? [this.#all(together)] : []);
  }

  #flag(channel: { name: string; unit: string }, stretch: Kept, last: number): EpisodeFlag {
    const { name, unit } = channel;
    const { from, to, value } = stretch;
    const reads = amountOf(value, unit);
    if (from === 0 && to === last) {
      const message = `${name} reads ${reads} in every row while the actions move: is its sensor connected?`;
      return { kind: 'constant', channel: name, from, to, amount: value, message };
    }
    const seconds = (to - from) * this.episode.periodSeconds;
    const message = `${name} reads ${reads} to the last digit ${stepsOf(stretch)} (${lasting(seconds)}) while the actions move: its sensor is frozen, or it was blocked.`;
    return { kind: 'frozen', channel: name, from, to, amount: seconds, message };
  }

  #all({ from, to }: Stretch): EpisodeFlag {
    const seconds = (to - from) * this.episode.periodSeconds;
    const message = `No channel changes ${stepsOf({ from, to })} (${lasting(seconds)}) while the actions move: the device sent the same measurement again and again.`;
    return { kind: 'frozen', channel: null, from, to, amount: seconds, message };
  }

  /** Where all of several channels stand still at once. */
  #together(found: readonly Kept[][]): Stretch | undefined {
    if (found.length < 2 || found.some((stretches) => stretches.length === 0)) return undefined;
    const longest = found.map((stretches) =>
      stretches.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a)),
    );
    const shared = {
      from: Math.max(...longest.map(({ from }) => from)),
      to: Math.min(...longest.map(({ to }) => to)),
    };
    return shared.to - shared.from + 1 >= LEAST_ROWS ? shared : undefined;
  }

  #isMoved({ from, to }: Stretch): boolean {
    const moves = this.#moves.all();
    const moving = moves.filter((range) => range > 0).length;
    const { actions } = this.read(from, Math.min(to + 1, from + READ_ROWS));
    const here = new Ranges(moves.length).take(actions).all();
    const moved = moves.filter((range, a) => range > 0 && (here[a] ?? 0) >= MOVES_SHARE * range).length;
    return moving > 0 && moved >= MOVED_SHARE * moving;
  }
}

interface Kept extends Stretch {
  value: number;
}

interface Run {
  value: number;
  since: number;
  kept: Kept[];
  /** How often there were stretches of how many rows; long ones count as `LEAST_ROWS`² rows. */
  lengths: Map<number, number>;
  runs: number;
}

function close(run: Run, to: number): void {
  const { since: from, value } = run;
  const length = to - from + 1;
  const counted = Math.min(length, LEAST_ROWS ** 2);
  run.lengths.set(counted, (run.lengths.get(counted) ?? 0) + 1);
  run.runs += 1;
  if (length < LEAST_ROWS || Number.isNaN(value)) return;
  run.kept.push({ from, to, value });
  if (run.kept.length < 2 * MOST_KEPT) return;
  run.kept.sort((a, b) => b.to - b.from - (a.to - a.from));
  run.kept.length = MOST_KEPT;
}

/** Nine of ten stretches are no longer; of a few, the longest does not count. */
function usualLength({ lengths, runs }: Run): number {
  let left = Math.min(0.9 * runs, runs - 1);
  if (left <= 0) return 0;
  for (const [length, count] of [...lengths].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return length;
  }
  return 0;
}

const overlaps = (a: Stretch, b: Stretch) => a.from <= b.to && b.from <= a.to;
