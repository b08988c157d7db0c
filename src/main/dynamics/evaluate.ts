import * as tf from '@tensorflow/tfjs-core';
import { wrapAngle } from '../../shared/angles';
import { ForesightError } from '../../shared/errors';
import type { Evaluation } from '../../shared/model';
import { openEngine, type TensorProgram, type TensorSpec } from '../tensor';
import { arrayConstants, predictedMembers, predictionArrays, predictorOf } from './classes';
import { checkEpisode } from './dataset';
import { type ModelLayout, modelLayout, nextState, observationOf, stateFrom, stateWidth } from './layout';
import { named } from './mlp';
import { trainThreads } from './train-programs';
import type { DynamicsModel, NamedArray, TrainingEpisode } from './types';

/** Start points at most; more make the mean no truer for what they cost. */
const MAX_STARTS = 1000;
/** Start points in one call. */
const BATCH = 128;
/** Steps in one call: long rollouts are chained calls, so the graph stays small. */
const CHUNK = 25;

interface Start {
  episode: TrainingEpisode;
  row: number;
}

/**
 * Root-mean-square error of open-loop predictions by horizon and channel, angles by their shortest difference,
 * averaged over start points spread evenly over the episodes. The model's prediction: every elite is rolled out
 * by its own means and the trajectories are averaged, as the planner's propagation averages its particles; one
 * trajectory of the members' mean at each step would hide from itself that members disagree. Beside it the trivial
 * predictors: the last value stays, and the last change repeats (so a start needs a row before it).
 */
export async function evaluateModel(
  model: DynamicsModel,
  episodes: readonly TrainingEpisode[],
  options: { horizons: readonly number[]; signal?: AbortSignal },
): Promise<Evaluation> {
  const { summary } = model;
  const horizons = [...new Set(options.horizons)].sort((a, b) => a - b);
  for (const episode of episodes) checkEpisode(summary, episode);
  const starts = chooseStarts(episodes, Math.max(1, summary.options.history - 1));
  const sums = new ErrorSums(horizons, summary.observations);
  if (starts.length > 0 && horizons.length > 0) {
    await rollOut(model, starts, horizons, options.signal, (start, horizon, predicted) =>
      sums.add(start, horizon, predicted),
    );
  }
  return sums.evaluation();
}

/** Rows with `before` rows before and one after them, evenly spaced over all episodes together. */
function chooseStarts(episodes: readonly TrainingEpisode[], before: number): Start[] {
  const all = episodes.flatMap((episode) =>
    Array.from({ length: Math.max(0, episode.columns.rows - 1 - before) }, (_, i) => ({
      episode,
      row: i + before,
    })),
  );
  if (all.length <= MAX_STARTS) return all;
  return Array.from(
    { length: MAX_STARTS },
    (_, i) => all[Math.floor(((i + 0.5) * all.length) / MAX_STARTS)] as Start,
  );
}

/** Calls `each` with the predicted observation of every start at every horizon, also past the episode's end. */
async function rollOut(
  model: DynamicsModel,
  starts: readonly Start[],
  horizons: readonly number[],
  signal: AbortSignal | undefined,
  each: (start: Start, horizon: number, predicted: Float32Array) => void,
): Promise<void> {
  const { summary } = model;
  const [width, actions] = [summary.observations.length, summary.actions.length];
  const longest = Math.max(...horizons);
  const shape = { steps: Math.min(CHUNK, longest), batch: Math.min(BATCH, starts.length) };
  const arrays = predictionArrays(model);
  const members = predictedMembers(arrays);
  const { program, specs } = rolloutProgram(model, arrays, shape);
  const engine = await openEngine(summary.options.engine);
  const compiled = await engine.compile(program, specs, {
    name: 'open-loop evaluation',
    threads: trainThreads(),
  });
  try {
    for (let first = 0; first < starts.length; first += shape.batch) {
      const batch = starts.slice(first, first + shape.batch);
      let state = startStates(model, batch, shape.batch, members);
      for (let done = 0; done < longest; done += shape.steps) {
        const feeds = { state, actions: actionsFrom(batch, done, shape, actions) };
        const outputs = (await compiled.run(feeds)) as Record<'state' | 'mean', Float32Array>;
        state = outputs.state;
        for (const horizon of horizons.filter((h) => h > done && h <= done + shape.steps)) {
          batch.forEach((start, i) => {
            const at = ((horizon - done - 1) * shape.batch + i) * width;
            each(start, horizon, outputs.mean.subarray(at, at + width));
          });
        }
        if (signal?.aborted) {
          throw new ForesightError(
            'cancelled',
            'The evaluation was cancelled.',
            'Start it again when you want it.',
          );
        }
      }
    }
  } finally {
    await compiled.dispose();
  }
}

/**
 * `steps` open-loop steps of every predicting member: "state" [members, batch, stateWidth] and "actions"
 * [steps, batch, actions] → the last "state", and "mean" [steps, batch, observations] over the members.
 */
export function rolloutProgram(
  model: DynamicsModel,
  arrays: Record<string, NamedArray>,
  shape: { steps: number; batch: number },
): { program: TensorProgram; specs: TensorSpec[] } {
  const layout = modelLayout(model.summary);
  const members = predictedMembers(arrays);
  const specs = [
    { name: 'state', shape: [members, shape.batch, stateWidth(layout)] },
    { name: 'actions', shape: [shape.steps, shape.batch, layout.actions] },
  ];
  const program: TensorProgram = (feeds) => {
    const predict = predictorOf(model, arrayConstants(arrays));
    let state = named(feeds, 'state');
    const means: tf.Tensor3D[] = [];
    for (let step = 0; step < shape.steps; step++) {
      const action = tf.tile(tf.slice3d(named(feeds, 'actions'), [step, 0, 0], [1, -1, -1]), [members, 1, 1]);
      state = nextState(layout, state, action, predict.predict(state, action).mean);
      means.push(tf.mean(observationOf(layout, state), 0, true));
    }
    return { state, mean: tf.concat(means, 0) };
  };
  return { program, specs };
}

/** [members, batch, stateWidth]; rows past the last start repeat zeros nobody reads. */
function startStates(
  { summary }: DynamicsModel,
  starts: readonly Start[],
  batch: number,
  members: number,
): Float32Array {
  const layout = modelLayout(summary);
  const width = stateWidth(layout);
  const states = new Float32Array(members * batch * width);
  starts.forEach(({ episode, row }, i) => {
    const state = recordedState(layout, episode, row);
    for (let member = 0; member < members; member++) states.set(state, (member * batch + i) * width);
  });
  return states;
}

/** The state at a recorded row that has its history before it. */
function recordedState(layout: ModelLayout, { columns }: TrainingEpisode, row: number): Float32Array {
  const first = Math.max(0, row - layout.history + 1);
  const rowsOf = (values: Float64Array, width: number) =>
    Array.from({ length: row - first + 1 }, (_, i) =>
      values.subarray((first + i) * width, (first + i + 1) * width),
    );
  return stateFrom(
    layout,
    rowsOf(columns.observations, layout.angles.length),
    rowsOf(columns.actions, layout.actions),
    new Float64Array(layout.actions),
  );
}

/** [steps, batch, actions] recorded from `offset` steps after each start; zeros past the episode's end. */
function actionsFrom(
  starts: readonly Start[],
  offset: number,
  { steps, batch }: { steps: number; batch: number },
  width: number,
): Float32Array {
  const actions = new Float32Array(steps * batch * width);
  for (let step = 0; step < steps; step++) {
    starts.forEach(({ episode, row }, i) => {
      const at = row + offset + step;
      if (at >= episode.columns.rows - 1) return;
      actions.set(episode.columns.actions.subarray(at * width, (at + 1) * width), (step * batch + i) * width);
    });
  }
  return actions;
}

/** Squared errors of the model and of the trivial predictors, summed by horizon and channel. */
class ErrorSums {
  private readonly samples: number[];
  private readonly squares: Record<'error' | 'last' | 'velocity', Float64Array>;

  constructor(
    private readonly horizons: readonly number[],
    private readonly channels: DynamicsModel['summary']['observations'],
  ) {
    const size = horizons.length * channels.length;
    this.samples = horizons.map(() => 0);
    this.squares = {
      error: new Float64Array(size),
      last: new Float64Array(size),
      velocity: new Float64Array(size),
    };
  }

  add({ episode, row }: Start, horizon: number, predicted: Float32Array): void {
    const { rows, observations } = episode.columns;
    if (row + horizon >= rows) return;
    const width = this.channels.length;
    const h = this.horizons.indexOf(horizon);
    this.samples[h] = (this.samples[h] as number) + 1;
    this.channels.forEach(({ angle }, channel) => {
      const at = (r: number) => observations[r * width + channel] as number;
      const difference = (a: number, b: number) => (angle ? wrapAngle(a - b) : a - b);
      const truth = at(row + horizon);
      const change = difference(at(row), at(row - 1));
      const i = h * width + channel;
      const add = (kind: keyof ErrorSums['squares'], value: number) => {
        this.squares[kind][i] = (this.squares[kind][i] as number) + difference(value, truth) ** 2;
      };
      add('error', predicted[channel] as number);
      add('last', at(row));
      add('velocity', at(row) + horizon * change);
    });
  }

  evaluation(): Evaluation {
    const rms = (sums: Float64Array, channel: number) =>
      this.samples.map((count, h) =>
        count === 0 ? null : Math.sqrt((sums[h * this.channels.length + channel] as number) / count),
      );
    return {
      report: null,
      horizons: [...this.horizons],
      samples: this.samples,
      channels: this.channels.map(({ name, unit }, channel) => ({
        ...{ name, unit },
        error: rms(this.squares.error, channel),
        last: rms(this.squares.last, channel),
        velocity: rms(this.squares.velocity, channel),
      })),
    };
  }
}
