import { asForesightError, ForesightError } from '../../../shared/errors';
import { readModel } from '../../dynamics/model-file';
import { limitThreads } from '../../dynamics/threads';
import { version } from '../../installation/version';
import { keptPolicy } from '../../policy/keep';
import { learn } from '../../policy/learn';
import { writePolicy } from '../../policy/representation/policy-file';
import { policySpace } from '../../policy/representation/space';
import { RigWorld } from '../../policy/world/rig';
import { childPort } from '../../processes/child-port';
import { heard, heardOf } from '../../processes/heard';
import { standBack } from '../stand-back';
import { experienceSchema, type FromLearner, type LearnerJob, type ToLearner } from './messages';

/**
 * A learner: learns a policy from what happens on a rig that the core drives, in a process of its own at low priority. It ends when
 * whoever started it is gone.
 */
const { port } = await childPort();
const post = (message: FromLearner) => port.post(message);
// Not by process.exit, which waits for threads that may be in the middle of a long call.
port.onClose(() => process.kill(process.pid, 'SIGKILL'));

const WHO = 'whoever drives the rig';
const beginning = port.onMessage((message) => {
  const asked = heardOf<Extract<ToLearner, { type: 'begin' }>>({ begin: true }, message, WHO);
  if (!asked) return;
  beginning.dispose();
  begin(asked.job).catch((thrown: unknown) =>
    post({ type: 'failed', error: asForesightError(thrown).toShape() }),
  );
});

async function begin(job: LearnerJob): Promise<void> {
  const schema = experienceSchema(policySpace(job.rig.file, job.history));
  const world = new RigWorld(job.rig.file.periodSeconds * 1000, {
    send: (behaviour, number) => post({ type: 'behave', behaviour, number }),
    took: (transitions) => post({ type: 'took', transitions }),
  });
  const finished = new Promise<number[]>((resolve) => {
    port.onMessage((raw) => {
      const message = heard(schema, raw, WHO);
      if (message?.type === 'experience') world.put(message.transitions, message.ended);
      if (message?.type !== 'finish') return;
      world.end();
      resolve(message.episodes);
    });
  });
  // Threads inherit it from this one, so it comes before the engine starts any.
  if (job.nice > 0) standBack(job.nice);
  limitThreads(job.threads);
  const learned = await learnFrom(job, world);
  // One that has made all its steps by itself is not behind, whatever the rig did since.
  const left = world.leftOver;
  post({ type: 'done' });
  const episodes = await finished;
  const { name, seed, history, task, algorithm, model } = job;
  const notes = [...learned.notes, ...(left > 0 ? [leftOut(left)] : [])];
  const policy = keptPolicy(job.rig.file, learned.learned, {
    ...{ name, seed, history, task, algorithm, from: null, learnedIn: 'rig', episodes },
    ...{ model: model?.hash ?? null, curve: learned.curve, notes },
    ...(learned.known && { known: learned.known }),
    trainSeconds: learned.seconds,
  });
  const file = await writePolicy(policy, job.folder, version);
  post({ type: 'learned', file, summary: policy.summary });
}

async function learnFrom(job: LearnerJob, world: RigWorld) {
  const { rig, task, algorithm, seed, engine, threads, history, model } = job;
  const notes = new AbortController();
  try {
    return await learn({
      ...{ rig, task, options: algorithm, seed, engine, threads, history, where: world, recorded: [] },
      ...{ model: model ? await readModel(model.file) : null, signal: notes.signal },
      onProgress: (progress) => post({ type: 'progress', progress }),
    });
  } catch (thrown) {
    const error = asForesightError(thrown);
    throw new ForesightError(error.code, `The learner: ${error.message}`, error.next, { cause: thrown });
  }
}

const leftOut = (steps: number) =>
  `The last ${steps} steps were not learned from: the learner was behind when the run ended.`;
