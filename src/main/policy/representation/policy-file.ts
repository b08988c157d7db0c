import { asForesightError } from '../../../shared/errors';
import { stateNumbers } from '../../../shared/eyes';
import { PolicySummary } from '../../../shared/policy';
import { eyesInFile, takeEyes } from '../../dynamics/latent/eyes';
import {
  contentHash,
  type LearnedFile,
  readLearned,
  writeLearned,
  wrongFile,
} from '../../dynamics/learned-file';
import { actorArrayShapes } from './actor';
import { jointActions, type PolicySpace, policySpace } from './space';
import type { Arrays, Policy } from './types';
import { valueArrayShapes } from './value';

const POLICY_FILE: LearnedFile<PolicySummary> = {
  what: 'a policy file',
  belongsTo: 'policy',
  next: 'Check the path, or choose another policy.',
  summary: PolicySummary,
};

/**
 * Name of a policy by content: sha256 over its arrays and everything that determined them. What merely goes with it (its
 * name, when and how fast it was learned, its curve and its evaluation) stays out.
 * @param written its options and its eyes as they were written, where that was by another version
 */
export function policyHash(
  policy: Pick<Policy, 'arrays' | 'value' | 'eyes'> & { summary: Omit<PolicySummary, 'hash'> },
  { algorithm, eyes }: { algorithm?: unknown; eyes?: unknown } = policy.summary,
): string {
  const { rig, actor, seed, observations, actions, history, periodSeconds, task } = policy.summary;
  const { learnedIn, steps, updates, episodes, model, from } = policy.summary;
  return contentHash(
    {
      ...{ rig, algorithm, actor, seed, observations, actions, history, periodSeconds, task },
      ...{ learnedIn, steps, updates, episodes, model, from },
      ...(eyes ? { eyes } : {}),
    },
    fileArrays(policy),
  );
}

/** By name, as they lie in the file: actor, normaliser of its inputs, "value/…" where there is a value, "eyes/…" of what sees. */
function fileArrays({ arrays, value, eyes }: Pick<Policy, 'arrays' | 'value' | 'eyes'>): Arrays {
  return new Map([...arrays, ...(value ?? []), ...eyesInFile(eyes)].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes `<folder>/<hash>.safetensors`, whole or not at all, and returns its path. @throws bad-file */
export const writePolicy = (policy: Policy, folder: string, foresight: string): Promise<string> =>
  writeLearned({ summary: policy.summary, arrays: fileArrays(policy) }, folder, foresight);

/**
 * Reads and checks a policy file; nothing in it is trusted.
 * @throws not-found, or bad-file with a sentence that says what is wrong
 */
export async function readPolicy(file: string): Promise<Policy> {
  const { summary, written, found, take, takeAll, finish } = await readLearned(file, POLICY_FILE);
  const space = checkedSpace(summary, file);
  const arrays = takeAll(actorArrayShapes(space, summary.actor));
  const value = valueArrayShapes(space, found);
  const policy: Policy = {
    ...{ summary, arrays, value: value.size > 0 ? takeAll(value) : null },
    ...(summary.eyes && { eyes: takeEyes(summary.eyes, take) }),
  };
  finish(policyHash(policy, written));
  return policy;
}

/** @throws bad-file where one part of the description contradicts another */
function checkedSpace(summary: PolicySummary, file: string): PolicySpace {
  const { actions, actor, history, eyes, observations } = summary;
  if (eyes && stateNumbers(eyes) !== observations.length) {
    const wrong = `${observations.length} observations of a state of ${stateNumbers(eyes)}`;
    throw wrongFile(file, POLICY_FILE, wrong);
  }
  for (const { name, limits, values } of actions) {
    const [low, high] = limits;
    const outside = values?.find((value) => value < low || value > high);
    if (low >= high) throw wrongFile(file, POLICY_FILE, `the limits of "${name}" are ${low} and ${high}`);
    if (values?.length === 0 || outside !== undefined)
      throw wrongFile(file, POLICY_FILE, `the values of "${name}" are not within its limits`);
  }
  const space = policySpace(summary, history);
  let joint: Float32Array[] | null;
  try {
    joint = jointActions(space);
  } catch (thrown) {
    throw wrongFile(file, POLICY_FILE, `of its actions: ${asForesightError(thrown).message}`, thrown);
  }
  if (actor.kind === 'categorical' && joint === null)
    throw wrongFile(file, POLICY_FILE, 'it chooses among actions, and its actions are continuous');
  return space;
}
