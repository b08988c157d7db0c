import { createHash } from 'node:crypto';
import type { PolicyEvaluation, PolicyProgress } from '../../shared/policy';
import { readModel } from '../dynamics/model-file';
import type { DynamicsModel } from '../dynamics/types';
import { version } from '../installation/version';
import { evaluatePolicy } from '../policy/evaluate';
import { keptPolicy } from '../policy/keep';
import type { TrainingState } from '../policy/lab';
import { type LearnRequest, learn } from '../policy/learn';
import type { RecordedSteps } from '../policy/recorded';
import { readPolicy, writePolicy } from '../policy/representation/policy-file';
import { type PolicySpace, policySpace } from '../policy/representation/space';
import type { Policy } from '../policy/representation/types';
import { openEngineOrDefault } from '../tensor';
import { CHECKPOINT_SECONDS, CheckpointWriter } from './checkpoint-file';
import { requirePolicyMemory } from './memory-needed';
import { encodePolicyCheckpoint, readPolicyCheckpoint, requireSameGround } from './policy-checkpoint';
import { stepsToLearn } from './steps-to-learn';
import type { FromTrainProcess, Job, JobSurroundings } from './types';

type LearnJob = Extract<Job, { type: 'learn-policy' }>;
type EvaluateJob = Extract<Job, { type: 'evaluate-policy' }>;

/**
 * Learns a policy, evaluates it where there is a simulation, and writes it.
 * @throws ForesightError unavailable, before anything is begun, where its replay does not fit into memory
 */
export async function learnPolicy(job: LearnJob, surroundings: JobSurroundings): Promise<FromTrainProcess> {
  const { signal, onPolicyProgress } = surroundings;
  const model = job.modelFile === null ? null : await readModel(job.modelFile);
  const { transitions: recorded, notes: remarks } = await readRecorded(job, model);
  const dataHash = groundHash(job, recorded);
  const writer = job.checkpoint && checkpointWriter(job.checkpoint, dataHash, surroundings);
  let newest: PolicyProgress | undefined;
  const { learned, curve, notes, seconds, known } = await learnFrom(job, writer, {
    ...{ recorded, model },
    ...(job.beginFile !== null && { begin: await readPolicy(job.beginFile) }),
    resumed: await resumedState(job, dataHash),
    signal,
    onProgress: (progress) => {
      newest = progress;
      onPolicyProgress(progress);
    },
  });
  const { name, seed, history, task, algorithm, where, ground } = job;
  const about = {
    ...{ name, seed, history, task, algorithm, curve, trainSeconds: seconds },
    ...{ learnedIn: where, ...ground },
    ...{ notes: [...remarks, ...notes], known: known ?? undefined },
  };
  const policy = keptPolicy(job.rig.file, learned, about, model?.eyes);
  if (writer?.problem) policy.summary.notes.push(`It could not have been resumed: ${writer.problem}`);
  const said = { ...newest, points: [], steps: learned.steps, updates: learned.updates } as PolicyProgress;
  if (job.evaluation !== null) {
    const how = { rig: job.rig, engine: job.engine, ...job.evaluation };
    policy.summary.evaluation = await evaluate(how, policy, signal, (detail) =>
      onPolicyProgress({ ...said, phase: 'evaluating', detail, secondsElapsed: seconds }),
    );
  }
  const file = await writePolicy(policy, job.folder, version);
  await writer?.remove();
  onPolicyProgress({ ...said, phase: 'done', detail: '', secondsElapsed: seconds });
  return { type: 'policy-learned', file, summary: policy.summary };
}

/** Everything that is recorded and learned from, in memory, where there is room for that and for what will be. */
async function readRecorded(
  { rig, task, history, episodes, algorithm, where }: LearnJob,
  model: DynamicsModel | null,
): Promise<RecordedSteps> {
  const requireRoom = (space: PolicySpace, recorded: number) =>
    requirePolicyMemory(space, algorithm, { recorded, acts: where !== 'recorded' });
  if (episodes !== null) return stepsToLearn({ rig, task, history }, model, episodes, requireRoom);
  requireRoom(policySpace(rig.file, history), 0);
  return { transitions: [], notes: [] };
}

/** sha256 of what it learns on: a training goes on only on the same rig, task, model, episodes and policy that it went on from. */
function groundHash(
  { rig, task, history, ground }: LearnJob,
  recorded: RecordedSteps['transitions'],
): string {
  const hash = createHash('sha256').update(JSON.stringify([rig.file, task, history, ground]));
  for (const { state, action, reward, next } of recorded) {
    for (const values of [state, action, next]) {
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    hash.update(String(reward));
  }
  return hash.digest('hex');
}

async function resumedState({ checkpoint }: LearnJob, dataHash: string): Promise<TrainingState | undefined> {
  if (!checkpoint?.resume) return undefined;
  const known = await readPolicyCheckpoint(checkpoint.file);
  requireSameGround(known, dataHash);
  return known.state;
}

/** From the beginning, or from where it was. */
async function learnFrom(
  job: LearnJob,
  writer: CheckpointWriter<TrainingState> | undefined,
  about: Pick<LearnRequest, 'recorded' | 'model' | 'begin' | 'signal' | 'onProgress'> & {
    resumed: TrainingState | undefined;
  },
): ReturnType<typeof learn> {
  const { rig, task, algorithm, seed, engine, threads, history, where } = job;
  const { recorded, model, begin, resumed, signal, onProgress } = about;
  const { evaluateEvery, evaluation } = job;
  try {
    return await learn({
      ...{ rig, task, options: algorithm, seed, engine, threads, history, where, recorded, signal },
      ...{ onProgress, model: model ?? null },
      ...(begin && { begin }),
      ...(resumed && { resumed }),
      ...(writer && { checkpoint: writer }),
      ...(evaluateEvery > 0 && evaluation && { evaluate: { everySteps: evaluateEvery, ...evaluation } }),
    });
  } catch (thrown) {
    await writer?.interrupted(thrown);
    throw thrown;
  }
}

function checkpointWriter(
  { file, info, everySeconds = CHECKPOINT_SECONDS }: NonNullable<LearnJob['checkpoint']>,
  dataHash: string,
  { onCheckpoint }: JobSurroundings,
): CheckpointWriter<TrainingState> {
  return new CheckpointWriter({
    ...{ file, everySeconds },
    encode: (state) => {
      const { steps = 0 } = state.snapshot.counters;
      const now = { savedAt: Date.now(), steps, secondsElapsed: state.seconds };
      return encodePolicyCheckpoint({ info: { ...info, ...now }, dataHash, state });
    },
    onWritten: onCheckpoint,
  });
}

/** Evaluates a policy file in the simulation. */
export async function evaluatePolicyFile(
  job: EvaluateJob,
  { signal, onPolicyProgress }: JobSurroundings,
): Promise<FromTrainProcess> {
  const policy = await readPolicy(job.policyFile);
  const began = performance.now();
  const evaluation = await evaluate(job, policy, signal, (detail) =>
    onPolicyProgress({
      ...{ phase: 'evaluating', detail, steps: policy.summary.steps, stepsInAll: policy.summary.steps },
      ...{ updates: policy.summary.updates, points: [] },
      secondsElapsed: (performance.now() - began) / 1000,
    }),
  );
  return { type: 'policy-evaluated', evaluation };
}

/** @param onDetail how many episodes are done, in words */
async function evaluate(
  { rig, engine, episodes, seed }: Pick<EvaluateJob, 'rig' | 'engine' | 'episodes' | 'seed'>,
  { summary, arrays, eyes }: Policy,
  signal: AbortSignal,
  onDetail: (detail: string) => void,
): Promise<PolicyEvaluation> {
  return evaluatePolicy({
    ...{ rig, task: summary.task, history: summary.history, episodes, seed, signal },
    ...{ actor: { shape: summary.actor, arrays }, eyes },
    engine: await openEngineOrDefault(engine),
    onEpisode: (_ended, done) => onDetail(`episode ${done} of ${episodes}`),
  });
}
