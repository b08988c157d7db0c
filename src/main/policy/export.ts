import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { nearestValue } from '../../shared/discrete';
import { ForesightError } from '../../shared/errors';
import { arrayConstants } from '../dynamics/classes';
import { encoderProgram } from '../dynamics/latent/export-eyes';
import { stateWidth } from '../dynamics/layout';
import { writeWhole } from '../files/write-whole';
import {
  createSession,
  openEngineOrDefault,
  type TensorProgram,
  type TensorSpec,
  traceProgram,
} from '../tensor';
import { compileActing } from './representation/acting';
import { greedyAction, policyInputs } from './representation/actor';
import { type ActionRange, policySpace, toPhysical } from './representation/space';
import type { Policy } from './representation/types';

/** What an exported file is fed with, and the state that the app has in its place. */
export interface ExportSample {
  /** [stateWidth] SI units. */
  state: Float32Array;
  feeds: Record<string, Float32Array>;
  /** The step after that of the sample before it: what the file believed there is carried on. */
  goesOn?: boolean;
}

/** How far an exported file's actions are from the app's own. */
export interface PolicyExportCheck {
  /** States compared. */
  states: number;
  /** Largest difference of any action, as a share of its range. */
  largestDifference: number;
}

/**
 * What a policy does, without exploring: "observation" [1, stateWidth] (the observation; with a history the whole state,
 * dynamics/layout.ts), or of one that acts by pictures what its encoder takes (latent/export-eyes.ts) → "action" [1, actions], SI
 * units, within the limits, and one of the values of a channel that has some; of one that carries on what it saw the action
 * since the step before is "previous_action", and "belief_next" goes out as well.
 */
export function policyProgram({ summary, arrays, eyes }: Policy): {
  program: TensorProgram;
  specs: TensorSpec[];
} {
  const encoder = eyes && encoderProgram(eyes);
  const space = policySpace(summary, summary.history);
  const row = (of: (range: ActionRange) => number) => tf.tensor2d([space.actions.map(of)]);
  const program: TensorProgram = (feeds) => {
    const { [PREVIOUS]: action, ...others } = feeds;
    const seen = encoder?.program({ ...others, ...(action && { action }) });
    const { latent: state = feeds.observation, belief } = seen ?? {};
    const tensors = arrayConstants(Object.fromEntries(arrays));
    const inputs = policyInputs(space, tensors, tf.expandDims(state as tf.Tensor2D, 0));
    const units = tf.squeeze(greedyAction(space, summary.actor, tensors, inputs), [0]);
    const share = tf.mul(tf.add(tf.clipByValue(units, -1, 1), 1), 0.5);
    const [low, high] = [row((range) => range.low), row((range) => range.high)];
    const wanted = tf.minimum(tf.maximum(tf.add(low, tf.mul(share, tf.sub(high, low))), low), high);
    const columns = space.actions.map(({ values }, i) => {
      const column = tf.slice2d(wanted as tf.Tensor2D, [0, i], [-1, 1]);
      return values === null ? column : nearestOf(column, values);
    });
    const chosen = columns.length === 1 ? (columns[0] as tf.Tensor) : tf.concat(columns, 1);
    return { action: chosen, ...(belief ? { belief } : ({} as Record<string, tf.Tensor>)) };
  };
  const observed = [{ name: 'observation', shape: [1, stateWidth(space.layout)] }];
  const seeing = encoder?.specs.map(({ name, shape }) => ({ name: inputName(name), shape }));
  return { program, specs: seeing ?? observed };
}

/** What an encoder takes as "action" was done before; what a policy's file gives as "action" is to be done. */
const PREVIOUS = 'previous_action';
const inputName = (name: string): string => (name === 'action' ? PREVIOUS : name);

/** [batch, 1] the value that is nearest, of two equally near ones the first. */
function nearestOf(column: tf.Tensor2D, values: readonly number[]): tf.Tensor2D {
  const distance = tf.abs(tf.sub(column, tf.tensor2d([[...values]])));
  const nearest = tf.argMax(tf.neg(distance), 1);
  return tf.gather(tf.tensor2d(values.map((value) => [value])) as tf.Tensor, nearest) as tf.Tensor2D;
}

/** Writes the policy as one ONNX file that needs nothing of Foresight. docs/policies.md lists the keys of its metadata. */
export async function exportPolicy(policy: Policy, file: string, foresight: string): Promise<void> {
  const { program, specs } = policyProgram(policy);
  const metadata = policyMetadata(policy, foresight);
  const { onnx } = traceProgram(program, specs, { name: policy.summary.name, metadata });
  await writeWhole(file, onnx);
}

/** ONNX metadata is text by key; what is not text is JSON. */
function policyMetadata({ summary }: Policy, foresight: string): Record<string, string> {
  const { name, hash, rig, periodSeconds, history, observations, actions, task } = summary;
  const { algorithm, actor, seed, steps, updates, episodes, model, learnedIn } = summary;
  const { createdAt, evaluation, notes, known, eyes } = summary;
  const values: Record<string, unknown> = {
    ...{ format: 1, kind: 'policy', version: foresight, name, hash, rig },
    ...{ period_seconds: periodSeconds, history, observations, actions, task, evaluation },
    training: {
      ...{ created: new Date(createdAt).toISOString(), learned_in: learnedIn, algorithm, actor, seed },
      ...{ steps, updates, episodes, model, notes },
    },
    known: known ?? null,
    ...(eyes && { eyes }),
  };
  return {
    description: `Learned policy of "${rig}": the action for one period of ${periodSeconds} s. Made by Foresight ${foresight}.`,
    ...Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        `foresight.${key}`,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  };
}

/**
 * Runs an exported file in a session of its own, and compares its actions with what the app would do.
 * @throws bad-file when the file is no export of this policy, bad-data when there is no state to compare on
 */
export async function checkPolicyExport(
  policy: Policy,
  file: string,
  samples: readonly ExportSample[],
): Promise<PolicyExportCheck> {
  if (samples.length === 0) {
    throw new ForesightError(
      'bad-data',
      'There is no state to check the exported file on.',
      'Record an episode with this rig, then export again.',
    );
  }
  const space = policySpace(policy.summary, policy.summary.history);
  const actor = { shape: policy.summary.actor, arrays: policy.arrays };
  const acting = await compileActing(await openEngineOrDefault('native'), space, actor);
  const exported = await createSession(await readFile(file), { name: file });
  let largest = 0;
  try {
    let believed: Float32Array | null = null;
    for (const { state, feeds, goesOn = false } of samples) {
      const done = toPhysical(space, (await acting.act(actor, state)).greedy);
      const own = goesOn && believed ? { ...feeds, belief: believed } : feeds;
      const given = Object.fromEntries(
        Object.entries(own).map(([name, values]) => [inputName(name), values]),
      );
      const { action, belief_next: next } = await exported.run(given);
      believed = next ? Float32Array.from(next) : null;
      if (action?.length !== space.actions.length) {
        throw new ForesightError('bad-file', `${file} is no export of this policy.`, 'Export it again.');
      }
      space.actions.forEach(({ low, high, values }, i) => {
        const expected = values === null ? done[i] : nearestValue(values, done[i]);
        const difference = Math.abs((action[i] as number) - expected) / (high - low);
        // A NaN on either side must not look like agreement.
        largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      });
    }
  } finally {
    await acting.dispose();
    await exported.dispose();
  }
  return { states: samples.length, largestDifference: largest };
}
