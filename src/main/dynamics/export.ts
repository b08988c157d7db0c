import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { ForesightError } from '../../shared/errors';
import { writeWhole } from '../files/write-whole';
import {
  type CompiledProgram,
  createSession,
  openEngineOrDefault,
  type TensorProgram,
  type TensorSpec,
  traceProgram,
} from '../tensor';
import { arrayConstants, predictionArrays, predictorOf } from './classes';
import { collectTransitions } from './data/transitions';
import { modelLayout, nextState, observationOf, rewardOf, stateWidth } from './layout';
import type { DynamicsModel, TrainingEpisode } from './types';

/** Steps that an exported file is compared on at most, spread evenly over the episodes. */
const CHECKED_STEPS = 500;
/** What a difference is taken relative to where a channel is zero throughout. */
const SMALLEST_VALUE = 1e-12;

export interface ExportCheck {
  /** Recorded steps compared. */
  steps: number;
  /** Largest absolute difference of any channel's next observation, SI units. */
  largestDifference: number;
  channels: {
    name: string;
    unit: string;
    /** Largest difference, in the channel's unit. */
    absolute: number;
    /** The same as a share of the channel's largest predicted value. */
    relative: number;
  }[];
}

/**
 * One control period of the model, as the planner predicts it: the same functions over the same members.
 * "observation" [batch, stateWidth] (the observation; with a history the whole state, layout.ts) and "action"
 * [batch, actions] in SI units → "next_observation" [batch, observations], mean over the members; "member_mean" and
 * "member_std" [members, batch, observations], each member's mean and standard deviation of the next observation;
 * with a history also "next_state", with a learned reward "reward" [batch, 1].
 */
export function oneStepProgram(
  model: DynamicsModel,
  batch: number,
): { program: TensorProgram; specs: TensorSpec[] } {
  const arrays = predictionArrays(model);
  const layout = modelLayout(model.summary);
  const observations = layout.angles.length;
  const program: TensorProgram = (feeds) => {
    const predict = predictorOf(model, arrayConstants(arrays));
    const stacked = (name: string) => tf.expandDims(feeds[name] as tf.Tensor2D, 0) as tf.Tensor3D;
    const [state, action] = [stacked('observation'), stacked('action')];
    const { mean, logVariance, ignorance } = predict.predict(state, action);
    const memberMean = tf.add(observationOf(layout, state), observed(mean));
    const noise = tf.exp(observed(logVariance));
    const variance = ignorance ? tf.add(noise, observed(ignorance)) : noise;
    const target: tf.Tensor3D = tf.mean(mean, 0, true);
    return {
      next_observation: tf.mean(memberMean, 0),
      member_mean: memberMean,
      member_std: tf.sqrt(variance),
      ...(layout.history > 1 && { next_state: tf.squeeze(nextState(layout, state, action, target), [0]) }),
      ...(layout.reward && { reward: tf.squeeze(rewardOf(layout, target), [0]) }),
    };
  };
  const observed = (x: tf.Tensor3D): tf.Tensor3D =>
    layout.reward ? tf.slice3d(x, [0, 0, 0], [-1, -1, observations]) : x;
  const specs = [
    { name: 'observation', shape: [batch, stateWidth(layout)] },
    { name: 'action', shape: [batch, layout.actions] },
  ];
  return { program, specs };
}

/**
 * Writes the model as one ONNX file that needs nothing of Foresight: the graph above for `batch` rows a call, and
 * in its metadata everything to use it by (docs/models.md lists the keys).
 */
export async function exportOnnx(
  model: DynamicsModel,
  file: string,
  options: { foresight: string; batch?: number },
): Promise<void> {
  const { program, specs } = oneStepProgram(model, options.batch ?? 1);
  const metadata = exportMetadata(model, options.foresight);
  const { onnx } = traceProgram(program, specs, { name: model.summary.name, metadata });
  await writeWhole(file, onnx);
}

/** ONNX metadata is text by key; what is not text is JSON. */
export function exportMetadata(
  { summary, normaliser }: DynamicsModel,
  foresight: string,
): Record<string, string> {
  const { name, hash, rig, periodSeconds, observations, actions, elites, options } = summary;
  const { transitions, episodes, createdAt, evaluation, notes, recalibration } = summary;
  const normalisation = Object.fromEntries(
    Object.entries(normaliser).map(([key, values]) => [key, [...(values as Float32Array)]]),
  );
  const values: Record<string, unknown> = {
    ...{ format: 1, version: foresight, name, hash, rig },
    ...{ period_seconds: periodSeconds, observations, actions, elites, normalisation },
    training: { created: new Date(createdAt).toISOString(), transitions, episodes, options, notes },
    ...{ evaluation, recalibration },
  };
  return {
    description: `Learned dynamics of "${rig}": the observation one period of ${periodSeconds} s later. Made by Foresight ${foresight}.`,
    ...Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        `foresight.${key}`,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  };
}

/**
 * Runs an exported file in a session of its own on recorded steps, one at a time as a controller would, and compares
 * it with what the app predicts for all of them in one call.
 * @throws bad-file when the file is not an export of this model, bad-data when there is no step to compare on
 */
export async function checkExport(
  model: DynamicsModel,
  onnxFile: string,
  episodes: readonly TrainingEpisode[],
): Promise<ExportCheck> {
  const steps = recordedSteps(model, episodes);
  const { program, specs } = oneStepProgram(model, steps.count);
  const engine = await openEngineOrDefault(model.summary.options.engine);
  const own = await engine.compile(program, specs, { name: 'one-step predictions' });
  const exported = await createSession(await readFile(onnxFile), { name: onnxFile });
  try {
    const expected = (await own.run({ observation: steps.observations, action: steps.actions }))
      .next_observation;
    const actual = await runStepwise(exported, steps, onnxFile);
    return compare(model, steps.count, expected as Float32Array, actual);
  } finally {
    await own.dispose();
    await exported.dispose();
  }
}

interface Steps {
  count: number;
  /** [count, stateWidth] */
  observations: Float32Array;
  /** [count, actions] */
  actions: Float32Array;
}

function recordedSteps({ summary }: DynamicsModel, episodes: readonly TrainingEpisode[]): Steps {
  const { history } = summary.options;
  const recorded = collectTransitions(summary, episodes, { history, rewardHead: false });
  if (recorded.count === 0) {
    throw new ForesightError(
      'bad-data',
      'There is no recorded step to check the exported file on.',
      'Record an episode with this rig, then export again.',
    );
  }
  const count = Math.min(CHECKED_STEPS, recorded.count);
  const pick = (values: Float64Array) => {
    const width = values.length / recorded.count;
    const picked = new Float32Array(count * width);
    for (let i = 0; i < count; i++) {
      const row = Math.floor(((i + 0.5) * recorded.count) / count);
      picked.set(values.subarray(row * width, (row + 1) * width), i * width);
    }
    return picked;
  };
  return { count, observations: pick(recorded.states), actions: pick(recorded.actions) };
}

/** As many steps a call as the file takes; a last call that is not full is filled with zeros. */
async function runStepwise(session: CompiledProgram, steps: Steps, file: string): Promise<Float32Array> {
  const [observation, action] = ['observation', 'action'].map((name) =>
    session.inputs.find((input) => input.name === name),
  );
  const [batch, width] = observation?.shape ?? [];
  const actionWidth = action?.shape[1];
  const fits =
    steps.observations.length === steps.count * (width ?? 0) &&
    steps.actions.length === steps.count * (actionWidth ?? 0);
  if (!batch || !width || !actionWidth || !fits) {
    throw new ForesightError(
      'bad-file',
      `${file} is not an export of this model.`,
      'Export the model again.',
    );
  }
  const outputs = session.outputs.find((output) => output.name === 'next_observation')?.shape[1] ?? 0;
  const results = new Float32Array(Math.ceil(steps.count / batch) * batch * outputs);
  const rows = (values: Float32Array, first: number, columns: number) => {
    const part = new Float32Array(batch * columns);
    part.set(values.subarray(first * columns, (first + batch) * columns));
    return part;
  };
  for (let first = 0; first < steps.count; first += batch) {
    const feeds = {
      observation: rows(steps.observations, first, width),
      action: rows(steps.actions, first, actionWidth),
    };
    results.set((await session.run(feeds)).next_observation as Float32Array, first * outputs);
  }
  return results.subarray(0, steps.count * outputs);
}

function compare(
  { summary }: DynamicsModel,
  count: number,
  expected: Float32Array,
  actual: Float32Array,
): ExportCheck {
  const width = summary.observations.length;
  const channels = summary.observations.map(({ name, unit }, channel) => {
    let absolute = 0;
    let largest = SMALLEST_VALUE;
    for (let step = 0; step < count; step++) {
      const value = expected[step * width + channel];
      const difference = Math.abs(actual[step * width + channel] - value);
      // A NaN on either side must not look like agreement.
      absolute = Math.max(absolute, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      largest = Math.max(largest, Math.abs(value));
    }
    return { name, unit, absolute, relative: absolute / largest };
  });
  return { steps: count, channels, largestDifference: Math.max(...channels.map(({ absolute }) => absolute)) };
}
