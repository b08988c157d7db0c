import { version } from '../installation/version';
import { checkPolicyExport, exportPolicy } from '../policy/export';
import { recordedSteps } from '../policy/recorded';
import { readPolicy } from '../policy/representation/policy-file';
import { policySpace } from '../policy/representation/space';
import type { Policy } from '../policy/representation/types';
import { simulatedWorld } from '../policy/world/simulated';
import { openEngineOrDefault } from '../tensor';
import { openEpisodes } from './episodes';
import type { FromTrainProcess, Job } from './types';

type ExportJob = Extract<Job, { type: 'export-policy' }>;

/** States that an exported file is compared on at most. */
const CHECKED_STATES = 500;

/** Writes a policy as an ONNX file, and checks the file against the app's own actions. */
export async function exportPolicyFile(job: ExportJob): Promise<FromTrainProcess> {
  const policy = await readPolicy(job.policyFile);
  Object.assign(policy.summary, job.known);
  await exportPolicy(policy, job.file, version);
  const from = job.simulated ? 'simulation' : 'recorded';
  const states = job.simulated ? await simulatedStates(job, policy) : recordedStates(job, policy);
  const check = await checkPolicyExport(policy, job.file, states);
  return { type: 'policy-exported', report: { file: job.file, from, ...check } };
}

async function simulatedStates({ rig }: ExportJob, { summary, arrays }: Policy): Promise<Float32Array[]> {
  const engine = await openEngineOrDefault('native');
  const space = policySpace(summary, summary.history);
  const world = await simulatedWorld(rig, summary.task, { space, engine, seed: 0 });
  try {
    await world.behave({ kind: 'actor', actor: { shape: summary.actor, arrays }, explore: true });
    const { transitions } = await world.experience(CHECKED_STATES);
    return transitions.map(({ state }) => state);
  } finally {
    await world.close();
  }
}

function recordedStates({ rig, episodes }: ExportJob, { summary }: Policy): Float32Array[] {
  if (episodes === null) return [];
  const opened = openEpisodes(episodes);
  try {
    const space = policySpace(summary, summary.history);
    const { transitions } = recordedSteps({ rig, task: summary.task, space }, opened);
    const every = Math.max(1, Math.floor(transitions.length / CHECKED_STATES));
    return transitions.filter((_, i) => i % every === 0).map(({ state }) => state);
  } finally {
    opened.close();
  }
}
