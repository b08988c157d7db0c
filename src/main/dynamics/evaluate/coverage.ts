import { wrapAngle } from '../../../shared/angles';
import type { CoverageMap } from '../../../shared/model';
import type { Random } from '../../../shared/random';
import { type ModelLayout, modelLayout, stateWidth } from '../layout';
import type { DynamicsModel, TrainingEpisode } from '../types';
import { inTime, type JudgedChannel, recordedState, type Start } from './judged';
import type { OneStep } from './one-step';
import type { Heed } from './progress';

/** Cells a side. */
const CELLS = 20;
const MAPS = 3;
/** Room around the data, share of its range: a map shows where the data ends. */
const ROOM = 0.15;
/** Recorded states whose other channels a cell is tried with. */
const TYPICAL = 8;

/** One-step errors at recorded rows: [starts] mean over channels of the squared error in units of spread. */
export interface OneStepErrors {
  starts: readonly Start[];
  squares: ArrayLike<number>;
}

/**
 * Where in state space there is data, what one step costs there, and how unsure the model is, over the pairs of channels
 * that tell most about where it is wrong.
 */
export async function coverageMaps(
  oneStep: OneStep,
  model: DynamicsModel,
  episodes: readonly TrainingEpisode[],
  errors: OneStepErrors,
  change: readonly number[],
  random: Random,
  heed: Heed,
): Promise<CoverageMap[]> {
  const { observations } = model.summary;
  const axes = observations.map((info, c) => axisOf(info, episodes, c, observations.length));
  const pairs = choosePairs(axes, errors, observations.length);
  const typical = typicalStarts(errors.starts, random);
  const maps: CoverageMap[] = [];
  for (const [index, [x, y]] of pairs.entries()) {
    const [xAxis, yAxis] = [axes[x] as Axis, axes[y] as Axis];
    const cellOf = (value: (channel: number) => number) => ({
      i: cellIn(xAxis, value(x)),
      j: cellIn(yAxis, value(y)),
    });
    const count = grid(() => 0);
    for (const episode of episodes) {
      const { columns } = episode;
      for (let row = 0; row + 1 < columns.rows; row++) {
        if (!inTime(episode, row) || !inTime(episode, row + 1)) continue;
        const { i, j } = cellOf((c) => columns.observations[row * observations.length + c]);
        (count[j] as number[])[i] = count[j]?.[i] + 1;
      }
    }
    const sums = grid(() => ({ count: 0, squares: 0 }));
    errors.starts.forEach(({ episode, row }, n) => {
      const { i, j } = cellOf((c) => episode.columns.observations[row * observations.length + c]);
      const cell = sums[j]?.[i];
      if (!cell) return;
      cell.count++;
      cell.squares += errors.squares[n];
    });
    const epistemic = await epistemicOf(
      oneStep,
      model,
      typical,
      { x, y, xAxis, yAxis },
      change,
      (done, total) => heed(index + done / total, pairs.length),
    );
    maps.push({
      x: { name: xAxis.info.name, unit: xAxis.info.unit, edges: xAxis.edges.map(short) },
      y: { name: yAxis.info.name, unit: yAxis.info.unit, edges: yAxis.edges.map(short) },
      count,
      error: sums.map((row) =>
        row.map(({ count: n, squares }) => (n === 0 ? null : short(Math.sqrt(squares / n)))),
      ),
      epistemic,
    });
  }
  return maps;
}

interface Axis {
  info: JudgedChannel;
  edges: number[];
  /** Does the channel change at all? */
  moves: boolean;
}

function axisOf(
  info: JudgedChannel,
  episodes: readonly TrainingEpisode[],
  channel: number,
  width: number,
): Axis {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { columns } of episodes) {
    for (let row = 0; row < columns.rows; row++) {
      const value = columns.observations[row * width + channel];
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const moves = high > low && high - low > 1e-6 * Math.max(Math.abs(low), Math.abs(high));
  const room = ROOM * (high - low);
  const [from, to] = info.angle ? [-Math.PI, Math.PI] : [low - room, high + room];
  return {
    info,
    moves,
    edges: Array.from({ length: CELLS + 1 }, (_, i) => from + (i * (to - from)) / CELLS),
  };
}

function cellIn({ edges, info }: Axis, value: number): number {
  const [low, high] = [edges[0], edges[CELLS]];
  const at = info.angle ? wrapAngle(value) : value;
  return Math.min(CELLS - 1, Math.max(0, Math.floor((CELLS * (at - low)) / (high - low))));
}

const grid = <T>(of: () => T): T[][] =>
  Array.from({ length: CELLS }, () => Array.from({ length: CELLS }, () => of()));

/**
 * The pairs whose cells explain most of where the error is large: the share of the log squared error's variance that lies
 * between cells, corrected for how many cells there are (ε²: Kelley 1935). A channel is in two maps at most, so that
 * the maps show more than one corner of the state.
 */
function choosePairs(
  axes: readonly Axis[],
  { starts, squares }: OneStepErrors,
  width: number,
): [number, number][] {
  const moving = axes.flatMap(({ moves }, c) => (moves ? [c] : []));
  const logs = Float64Array.from(squares, (square) => Math.log(Math.max(square, 1e-20)));
  const cells = axes.map((axis, c) =>
    Int32Array.from(starts, ({ episode, row }) =>
      cellIn(axis, episode.columns.observations[row * width + c]),
    ),
  );
  const pairs = moving.flatMap((x, i) =>
    moving.slice(i + 1).map((y) => ({ x, y, score: explained(logs, cells[x], cells[y]) })),
  );
  pairs.sort((a, b) => b.score - a.score);
  const uses = new Map<number, number>();
  const chosen: [number, number][] = [];
  for (const { x, y } of pairs) {
    if (chosen.length === MAPS) break;
    if ((uses.get(x) ?? 0) >= 2 || (uses.get(y) ?? 0) >= 2) continue;
    chosen.push([x, y]);
    for (const channel of [x, y]) uses.set(channel, (uses.get(channel) ?? 0) + 1);
  }
  return chosen;
}

function explained(values: Float64Array, xs: Int32Array | undefined, ys: Int32Array | undefined): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const total = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const cells = new Map<number, { count: number; sum: number; squares: number }>();
  values.forEach((value, n) => {
    const key = (ys?.[n] ?? 0) * CELLS + (xs?.[n] ?? 0);
    const cell = cells.get(key) ?? { count: 0, sum: 0, squares: 0 };
    cell.count++;
    cell.sum += value;
    cell.squares += value * value;
    cells.set(key, cell);
  });
  const free = values.length - cells.size;
  if (free <= 0 || total === 0) return 0;
  let inside = 0;
  for (const { count, sum, squares } of cells.values()) inside += squares - (sum * sum) / count;
  return 1 - (inside / free) * ((values.length - 1) / total);
}

function typicalStarts(starts: readonly Start[], random: Random): Start[] {
  return [...random.shuffle([...starts])].slice(0, TYPICAL);
}

/**
 * [y][x] standard deviation of what the members say, and of what each says about its mean, in units of the change's
 * spread, root mean square over channels; the other channels, the history's changes and the actions as in recorded states.
 */
async function epistemicOf(
  oneStep: OneStep,
  model: DynamicsModel,
  typical: readonly Start[],
  { x, y, xAxis, yAxis }: { x: number; y: number; xAxis: Axis; yAxis: Axis },
  change: readonly number[],
  heed: Heed,
): Promise<(number | null)[][]> {
  if ((oneStep.members < 2 && !oneStep.hasIgnorance) || typical.length === 0) return grid(() => null);
  const layout = modelLayout(model.summary);
  const states: Float32Array[] = [];
  const actions: Float64Array[] = [];
  const middle = ({ edges }: Axis, cell: number) => (edges[cell] + edges[cell + 1]) / 2;
  for (let j = 0; j < CELLS; j++) {
    for (let i = 0; i < CELLS; i++) {
      for (const { episode, row } of typical) {
        const state = recordedState(layout, episode, row);
        place(layout, state, x, middle(xAxis, i));
        place(layout, state, y, middle(yAxis, j));
        states.push(state);
        const { actions: all } = episode.columns;
        actions.push(all.subarray(row * layout.actions, (row + 1) * layout.actions));
      }
    }
  }
  const { mean, ignorance } = await oneStep.moments(states, actions, heed);
  const width = (mean[0]?.length ?? 0) / states.length;
  const used = layout.angles.flatMap((_, c) => (change[c] > 0 ? [c] : []));
  const varianceAt = (at: number) => {
    const centre = mean.reduce((sum, values) => sum + values[at], 0) / mean.length;
    const between = mean.reduce((sum, values) => sum + (values[at] - centre) ** 2, 0);
    const own = ignorance?.reduce((sum, values) => sum + values[at], 0) ?? 0;
    return (between + own) / mean.length;
  };
  return Array.from({ length: CELLS }, (_, j) =>
    Array.from({ length: CELLS }, (_unused, i) => {
      let sum = 0;
      for (let k = 0; k < typical.length; k++) {
        const row = (j * CELLS + i) * typical.length + k;
        for (const c of used) sum += varianceAt(row * width + c) / change[c] ** 2;
      }
      const result = Math.sqrt(sum / typical.length / Math.max(1, used.length));
      return Number.isFinite(result) ? short(result) : null;
    }),
  );
}

/** Moves one channel of a state to a value, its whole history along, so that what it did before stays what it was. */
function place(layout: ModelLayout, state: Float32Array, channel: number, value: number): void {
  const shift = value - state[channel];
  const width = layout.angles.length;
  if (state.length !== stateWidth(layout)) throw new RangeError('the state is not of this model');
  for (let age = 0; age < layout.history; age++) {
    const at = age * width + channel;
    state[at] = state[at] + shift;
  }
}

/** Four digits: maps are stored with the model. */
const short = (value: number): number => Number(value.toPrecision(4));
