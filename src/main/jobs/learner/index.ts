import { ForesightError } from '../../../shared/errors';
import type { PolicyProgress, PolicySummary } from '../../../shared/policy';
import type { Transition } from '../../policy/replay';
import { policySpace } from '../../policy/representation/space';
import type { OwnBehaviour } from '../../policy/representation/types';
import type { EndedEpisode } from '../../policy/types';
import { heard } from '../../processes/heard';
import type { Host } from '../../processes/port';
import { type LearnerJob, learnerSchema, type ToLearner } from './messages';

export type { LearnerJob } from './messages';

export interface Learner {
  /** Process id, for messages and tests. */
  readonly pid: number | undefined;
  /** Something happened on the rig. Nobody waits for the learner. */
  put(transitions: Transition[], ended: EndedEpisode[]): void;
  /** Nothing more will happen: it keeps what it has learned. @throws what went wrong, also when the process died */
  finish(episodes: number[]): Promise<{ file: string; summary: PolicySummary }>;
  /** Ends it; nothing is kept. @param why what whoever waits for it to finish is told */
  kill(why?: ForesightError): void;
}

export interface LearnerHooks {
  /** From now on; numbers grow. */
  onBehave(behaviour: OwnBehaviour, number: number): void;
  /** So many transitions have gone into its learning, in all. */
  onTook(transitions: number): void;
  onProgress(progress: PolicyProgress): void;
  /** It has learned from as many steps as it was to. */
  onDone(): void;
  /** It is gone, or cannot go on: what it said last is all there will be. */
  onLost(error: ForesightError): void;
}

/** Starts a learner (learner-process.ts). */
export async function startLearner(host: Host, job: LearnerJob, hooks: LearnerHooks): Promise<Learner> {
  const label = 'The learner';
  const schema = learnerSchema(policySpace(job.rig.file, job.history));
  const child = await host.spawn('learner-process', { label });
  const post = (message: ToLearner) => child.post(message);
  let lost: ForesightError | undefined;
  let finishing:
    | { resolve(result: { file: string; summary: PolicySummary }): void; reject(error: unknown): void }
    | undefined;
  const lose = (error: ForesightError) => {
    if (lost !== undefined) return;
    lost = error;
    child.kill();
    if (finishing) finishing.reject(error);
    else hooks.onLost(error);
  };
  child.onMessage((raw) => {
    const message = heard(schema, raw, label);
    if (message === undefined || lost !== undefined) return;
    if (message.type === 'behave') hooks.onBehave(message.behaviour, message.number);
    else if (message.type === 'progress') hooks.onProgress(message.progress);
    else if (message.type === 'took') hooks.onTook(message.transitions);
    else if (message.type === 'done') hooks.onDone();
    else if (message.type === 'failed') lose(ForesightError.fromShape(message.error));
    else if (finishing) {
      lost = new ForesightError('cancelled', 'The learner has ended.', 'Start it again.');
      finishing.resolve(message);
      child.kill();
    } else lose(endedUnasked());
  });
  child.onClose((reason) =>
    lose(new ForesightError('internal', reason, 'Start learning again; if it ends once more, free memory.')),
  );
  try {
    post({ type: 'begin', job });
  } catch (thrown) {
    child.kill();
    throw thrown;
  }
  return {
    pid: child.pid,
    put: (transitions, ended) => {
      if (lost === undefined) post({ type: 'experience', transitions, ended });
    },
    finish: (episodes) =>
      new Promise((resolve, reject) => {
        if (lost !== undefined) return reject(lost);
        finishing = { resolve, reject };
        post({ type: 'finish', episodes });
      }),
    kill: (why) => {
      lost ??= why ?? new ForesightError('cancelled', 'The learner was ended.', 'Start it again.');
      finishing?.reject(lost);
      child.kill();
    },
  };
}

const endedUnasked = () =>
  new ForesightError(
    'internal',
    'The learner ended before it was asked to.',
    'Start learning again, and send the message to the developers.',
  );
