import { PolicyEvaluation, type PolicyProgress, PolicySummary } from '../../shared/policy';
import type { PolicyEvaluateInput } from '../../shared/policy-training';
import { startPolicyEvaluation } from '../jobs';
import type { PolicyRecord } from '../log/types';
import { policyFileOf, policyRecord, requirePolicyFits } from './policy-shelf';
import { type PolicySurroundings, PolicyTrainings } from './policy-trainings';
import { standIn } from './stand-in';

/** Learned policies of the workspace: finding and judging them; learning them: `trainings`. */
export class Policies {
  readonly trainings: PolicyTrainings;

  constructor(private readonly around: PolicySurroundings) {
    this.trainings = new PolicyTrainings(around);
  }

  async list(): Promise<PolicySummary[]> {
    return (await this.around.log.policies()).map(policySummaryOf);
  }

  /** By hash, unambiguous beginning of a hash, or name; the newest of that name. @throws not-found */
  async show(policy: string): Promise<PolicySummary> {
    return policySummaryOf(await policyRecord(this.around.log, policy));
  }

  /**
   * Episodes without exploration in the simulation of its rig, in a process of its own. What it finds is kept.
   * @param rig name or folder of its rig, where that is not found by its name
   */
  async evaluate(
    { policy, episodes, seed }: PolicyEvaluateInput,
    onProgress?: (progress: PolicyProgress) => void,
    rig?: string,
  ): Promise<PolicyEvaluation> {
    const { log, jobs, host, rigs } = this.around;
    const { hash, name, rig: ownRig } = await policyRecord(log, policy);
    const loaded = await rigs.load(rig ?? ownRig);
    requirePolicyFits(await this.show(hash), loaded);
    const state = jobs.begin('evaluate-policy', `Evaluating ${name}`);
    const handle = startPolicyEvaluation(
      host,
      { policyFile: policyFileOf(log, hash), rig: await standIn(loaded), engine: 'native', episodes, seed },
      {
        onProgress: (progress) => {
          jobs.notePolicy(state, progress);
          onProgress?.(progress);
        },
      },
    );
    return jobs.follow(
      state,
      () => handle.cancel(),
      async () => {
        const evaluation = await handle.result;
        await log.updatePolicy(hash, { evaluation });
        return { result: evaluation, policy: hash };
      },
    );
  }

  async rename(policy: string, name: string): Promise<void> {
    const { log, jobs } = this.around;
    await log.updatePolicy((await policyRecord(log, policy)).hash, { name });
    jobs.changed();
  }

  /** Not listed any more; its file stays, and undo brings it back. */
  async remove(policy: string): Promise<PolicySummary> {
    const { log, jobs } = this.around;
    const record = await policyRecord(log, policy);
    await log.updatePolicy(record.hash, { removed: true });
    jobs.changed();
    return policySummaryOf(record);
  }
}

/** What the log keeps of a policy, as everybody sees it. */
export function policySummaryOf({ summary, name, evaluation }: PolicyRecord): PolicySummary {
  return {
    ...PolicySummary.parse(summary),
    ...{ name, evaluation: PolicyEvaluation.nullable().parse(evaluation) },
  };
}
