import type { Core } from '../../src/main/core';
import { workspacePaths } from '../../src/main/log/workspace';
import { writePolicy } from '../../src/main/policy/representation/policy-file';
import type { Policy } from '../../src/main/policy/representation/types';

/** Puts a policy into a core's workspace, as a training does. @returns its hash */
export async function keepPolicy(core: Core, policy: Policy): Promise<string> {
  const { hash, name, createdAt, rig, evaluation } = policy.summary;
  await writePolicy(policy, workspacePaths(core.log.folder).policies, 'test');
  await core.log.addPolicy({ hash, name, createdAt, rig, summary: policy.summary, evaluation });
  return hash;
}
