import { join } from 'node:path';
import { ForesightError } from '../../shared/errors';
import { misfit } from '../../shared/fits';
import type { PolicySummary } from '../../shared/policy';
import type { Rig } from '../../shared/rig';
import type { Log, PolicyRecord } from '../log/types';
import { workspacePaths } from '../log/workspace';
import { readPolicy } from '../policy/representation/policy-file';
import type { Policy } from '../policy/representation/types';
import { findKept } from './find-kept';

/**
 * What the log knows of a policy.
 * @param wanted hash, unambiguous beginning of a hash, or name; the newest of that name
 * @throws not-found; wrong-use for a beginning that several have
 */
export async function policyRecord(log: Log, wanted: string): Promise<PolicyRecord> {
  const none = 'Train one first: foresight policy train.';
  return findKept(await log.policies(), wanted, { kind: 'policy', none });
}

/** The same, read from its file. @throws not-found, bad-file */
export async function policyOf(log: Log, wanted: string): Promise<Policy> {
  const { hash, name } = await policyRecord(log, wanted);
  const policy = await readPolicy(policyFileOf(log, hash));
  policy.summary.name = name;
  return policy;
}

/** Puts one whose file is there among the policies of the workspace. */
export const shelve = (log: Pick<Log, 'addPolicy'>, summary: PolicySummary): Promise<void> => {
  const { hash, name, createdAt, rig, evaluation } = summary;
  return log.addPolicy({ hash, name, createdAt, rig, summary, evaluation });
};

/** Path of a policy's file by its hash. */
export const policyFileOf = ({ folder }: Pick<Log, 'folder'>, hash: string): string =>
  join(workspacePaths(folder).policies, `${hash}.safetensors`);

/** @throws bad-data when the policy was learned on other channels, limits or values than the rig has */
export function requirePolicyFits(summary: PolicySummary, { file }: Rig): void {
  const found = misfit(summary, file) ?? rangeMisfit(summary, file.actions);
  if (!found) return;
  throw new ForesightError(
    'bad-data',
    `The policy "${summary.name}" was learned on the ${found.what} ${found.learned}; the rig ${file.name} has ${found.has}.`,
    'Choose a policy that was trained on this rig, or train one.',
  );
}

/** Its actions are shares of ranges: in other ranges they would be other actions. */
function rangeMisfit(
  summary: PolicySummary,
  actions: Rig['file']['actions'],
): { what: string; learned: string; has: string } | null {
  const words = (ranges: readonly { name: string; limits: readonly number[]; values?: number[] | null }[]) =>
    ranges
      .map(({ name, limits: [low, high], values }) => `${name} ${values?.join(' | ') ?? `${low} … ${high}`}`)
      .join(', ');
  const [learned, has] = [words(summary.actions), words(actions)];
  return learned === has ? null : { what: 'action ranges', learned, has };
}
