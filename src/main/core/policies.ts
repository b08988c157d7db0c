import { join, resolve } from 'node:path';
import { PolicyEvaluation, type PolicyProgress, PolicySummary } from '../../shared/policy';
import type { PolicyEvaluateInput, PolicyExport } from '../../shared/policy-training';
import { type OwnKind, requireReplaceable } from '../files/replace';
import { startPolicyEvaluation, startPolicyExport } from '../jobs';
import type { PolicyRecord } from '../log/types';
import { requireOutside, workspacePaths } from '../log/workspace';
import { isOurModel } from '../tensor/onnx/model';
import { fileName } from './file-name';
import { policyFileOf, policyRecord, requirePolicyFits } from './policy-shelf';
import { type PolicySurroundings, PolicyTrainings } from './policy-trainings';
import { standIn } from './stand-in';
import { chooseEpisodes, stretchesOf } from './training-episodes';

const EXPORT: OwnKind = { what: 'an exported policy', isOne: isOurModel };

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
    const summary = await this.show(hash);
    requirePolicyFits(summary, loaded);
    const simulated = await standIn(loaded, summary.eyes);
    const state = jobs.begin('evaluate-policy', `Evaluating ${name}`);
    const handle = startPolicyEvaluation(
      host,
      { policyFile: policyFileOf(log, hash), rig: simulated, engine: 'native', episodes, seed },
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

  /**
   * Writes the ONNX file and compares it with the app's own actions: on states of the simulation of its rig, or where there is
   * none on recorded ones.
   * @param options.file where to; the folder "exports" of the workspace when left out
   * @param options.rig as of `evaluate`
   * @throws wrong-use when something else than an earlier export is there and nobody said `force`, or the workspace itself
   */
  async export(
    policy: string,
    {
      file,
      force,
      rig,
    }: { file?: string | undefined; force?: boolean | undefined; rig?: string | undefined } = {},
  ): Promise<PolicyExport> {
    const { log, jobs, host, rigs } = this.around;
    const { hash, name, evaluation, rig: ownRig } = await this.show(policy);
    const own = `${fileName(name)}-${hash.slice(0, 8)}.onnx`;
    const target = file ? resolve(file) : join(workspacePaths(log.folder).exports, own);
    requireOutside(log.folder, target);
    await requireReplaceable(target, EXPORT, { force });
    const loaded = await rigs.load(rig ?? ownRig);
    requirePolicyFits(await this.show(hash), loaded);
    const simulated = await standIn(loaded).catch(() => null);
    const chosen = simulated ? [] : await chooseEpisodes(log, { rig: ownRig });
    const job = {
      ...{ policyFile: policyFileOf(log, hash), known: { name, evaluation }, file: target },
      ...{ rig: simulated ?? loaded, simulated: simulated !== null },
      episodes: simulated ? null : { workspace: log.folder, stretches: stretchesOf(chosen) },
    };
    return jobs.unwatched(startPolicyExport(host, job));
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

  /** Brings a removed one back, whatever was changed since; one that is listed stays as it is. @throws not-found */
  async restore(hash: string): Promise<void> {
    const { log, jobs } = this.around;
    await log.updatePolicy(hash, { removed: false });
    jobs.changed();
  }
}

/** What the log keeps of a policy, as everybody sees it. */
export function policySummaryOf({ summary, name, evaluation }: PolicyRecord): PolicySummary {
  return {
    ...PolicySummary.parse(summary),
    ...{ name, evaluation: PolicyEvaluation.nullable().parse(evaluation) },
  };
}
