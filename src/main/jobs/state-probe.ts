import type { ChannelInfo } from '../../shared/episode';
import { cholesky, solveCholesky } from '../../shared/linear-algebra/cholesky';
import { firstSeeing, type SeenEpisode } from '../dynamics/latent/pictures';
import type { Seeing } from '../dynamics/latent/seeing';

/** What the rig itself measured in some episodes, which whoever looks at its pictures was not told. */
export interface Truth {
  channels: readonly ChannelInfo[];
  /** Of each episode [rows, channels]. */
  values: ReadonlyMap<SeenEpisode, Float64Array>;
}

/** Rows that probes are fitted on at most. */
const FITTED = 2000;
/** Parts that the episodes are dealt into: a probe is fitted on all but one of them. With two, a few short episodes would be too little to fit on. */
const PARTS = 5;
/** Of the ridge, as a share of the rows: latent numbers are of size 1. */
const RIDGE = 1e-3;

/**
 * Linear probes (Alain & Bengio 2016): which of a rig's channels can be read off a latent state by a weighted sum of its numbers. The
 * episodes are dealt into parts, of one episode its two halves; each is asked about by a probe that was fitted on the others, so that none
 * has seen what it is judged on. An angle is read as its cosine and sine.
 */
export class StateProbes {
  private constructor(
    private readonly truth: Truth,
    private readonly partOf: (episode: SeenEpisode, row: number) => number,
    /** Of the part that is asked about: [1 + numbers of a state, targets]. */
    private readonly weights: readonly Float64Array[],
  ) {}

  /** @param episodes all that will be asked about */
  static async fit(
    seeing: Pick<Seeing, 'episode'>,
    episodes: readonly SeenEpisode[],
    truth: Truth,
  ): Promise<StateProbes> {
    const most = Math.floor(FITTED / episodes.length);
    const parts = Math.max(2, Math.min(PARTS, episodes.length));
    const partOf = (episode: SeenEpisode, row: number) => {
      if (episodes.length > 1) return episodes.indexOf(episode) % parts;
      return row < Math.min(most, episode.rows) / 2 ? 0 : 1;
    };
    const rows = Array.from({ length: parts }, (): Row[] => []);
    for (const episode of episodes) {
      const first = firstSeeing(episode);
      const { columns } = await seeing.episode(beginningOf(episode, Math.min(episode.rows, most)));
      const width = columns.observations.length / columns.rows;
      for (let k = 0; k < columns.rows; k++) {
        rows[partOf(episode, first + k)]?.push({
          state: columns.observations.subarray(k * width, (k + 1) * width),
          targets: targetsAt(truth, episode, first + k),
        });
      }
    }
    const weights = rows.map((own) => fitted(rows.filter((one) => one !== own).flat()));
    return new StateProbes(truth, partOf, weights);
  }

  /**
   * @param states [moments, numbers of a state] that were inferred or imagined of them
   * @returns of each channel the share of its variance over these moments that is read off (R²); null where it does not vary
   */
  explained(
    states: Float32Array,
    moments: readonly { episode: SeenEpisode; row: number }[],
  ): (number | null)[] {
    const width = states.length / moments.length;
    const real = moments.map(({ episode, row }) => targetsAt(this.truth, episode, row));
    const read = moments.map(({ episode, row }, i) =>
      product(
        this.weights[this.partOf(episode, row)] as Float64Array,
        states.subarray(i * width, (i + 1) * width),
      ),
    );
    let place = 0;
    return this.truth.channels.map(({ angle }) => {
      const parts = angle ? [place, place + 1] : [place];
      place += parts.length;
      let [error, variance] = [0, 0];
      for (const part of parts) {
        const mean = real.reduce((sum, targets) => sum + targets[part]!, 0) / real.length;
        for (const [i, targets] of real.entries()) {
          error += (targets[part]! - read[i]![part]!) ** 2;
          variance += (targets[part]! - mean) ** 2;
        }
      }
      return variance > 1e-12 && Number.isFinite(error) ? 1 - error / variance : null;
    });
  }
}

interface Row {
  state: Float64Array;
  targets: number[];
}

function targetsAt({ channels, values }: Truth, episode: SeenEpisode, row: number): number[] {
  const all = values.get(episode) as Float64Array;
  return channels.flatMap(({ angle }, i) => {
    const value = all[row * channels.length + i]!;
    return angle ? [Math.cos(value), Math.sin(value)] : [value];
  });
}

/** Ridge regression of the targets on a constant and the numbers of a state. */
function fitted(rows: readonly Row[]): Float64Array {
  const n = 1 + (rows[0]?.state.length ?? 0);
  const targets = rows[0]?.targets.length ?? 0;
  const squares = new Float64Array(n * n);
  const products = new Float64Array(n * targets);
  for (const { state, targets: wanted } of rows) {
    const x = [1, ...state];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) squares[i * n + j] = squares[i * n + j]! + x[i]! * x[j]!;
      for (let c = 0; c < targets; c++) {
        products[i * targets + c] = products[i * targets + c]! + x[i]! * wanted[c]!;
      }
    }
  }
  for (let i = 1; i < n; i++) squares[i * n + i] = squares[i * n + i]! + RIDGE * rows.length;
  return cholesky(squares, n) ? solveCholesky(squares, products, n, targets) : new Float64Array(n * targets);
}

function product(weights: Float64Array, state: Float32Array): number[] {
  const n = 1 + state.length;
  const targets = weights.length / n;
  return Array.from({ length: targets }, (_, c) => {
    let sum = weights[c]!;
    for (let i = 1; i < n; i++) sum += weights[i * targets + c]! * state[i - 1]!;
    return sum;
  });
}

/** The first rows of an episode. */
function beginningOf(episode: SeenEpisode, rows: number): SeenEpisode {
  const { seen, actions, reward, deviceSeconds, beside } = episode;
  const part = (values: Float64Array) => values.subarray(0, (values.length / episode.rows) * rows);
  return {
    ...{ ...episode, rows, seen: seen.subarray(0, rows), ended: episode.ended && rows === episode.rows },
    ...{ actions: part(actions), reward: part(reward) },
    ...{ deviceSeconds: part(deviceSeconds), beside: part(beside) },
  };
}
