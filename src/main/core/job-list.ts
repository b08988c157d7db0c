import { asForesightError, ForesightError } from '../../shared/errors';
import type { JobState, TrainProgress } from '../../shared/model';
import type { PolicyProgress } from '../../shared/policy';
import type { RunningJob } from '../jobs';
import type { Notices } from './notices';
import { Broadcast, batches } from './stream';

const JOB_INTERVAL_MS = 100;
const KEPT_JOBS = 20;

interface Job {
  state: JobState;
  cancel(): void;
  done: Promise<unknown>;
}

/** Trainings and evaluations that go on in processes of their own, and the last that went on. */
export class JobList {
  readonly #jobs = new Map<number, Job>();
  readonly #changes = new Broadcast<null>();
  readonly #unwatched = new Set<RunningJob<unknown>>();
  #next = 1;
  #stopped = false;

  constructor(private readonly notices: Notices) {}

  begin(kind: JobState['kind'], title: string): JobState {
    return newJob(this.#next++, kind, title);
  }

  /** How far a job is. */
  note(state: JobState, progress: TrainProgress): void {
    note(state, progress);
    this.changed();
  }

  /** How far a job about a policy is. */
  notePolicy(state: JobState, progress: PolicyProgress): void {
    notePolicy(state, progress);
    this.changed();
  }

  /** Tells every window that the jobs have changed. */
  changed(): void {
    this.#changes.publish(null);
  }

  isResumed(checkpoint: string): boolean {
    return [...this.#jobs.values()].some(
      ({ state }) => state.state === 'running' && state.checkpoint === checkpoint,
    );
  }

  /** Shows a job among the jobs until it has ended, and how it ended. */
  follow<Result>(
    state: JobState,
    cancel: () => void,
    work: () => Promise<{ result: Result; model?: string; policy?: string }>,
  ): Promise<Result> {
    const follow = async (): Promise<Result> => {
      try {
        const { result, model, policy } = await work();
        state.state = 'done';
        state.model = model ?? null;
        if (state.policy && policy !== undefined) state.policy.hash = policy;
        state.checkpoint = null;
        return result;
      } catch (thrown) {
        const error = asForesightError(thrown);
        state.state = error.code === 'cancelled' ? 'cancelled' : 'failed';
        state.error = error.toShape();
        if (error.code !== 'cancelled') this.notices.failure(error);
        throw error;
      } finally {
        this.changed();
      }
    };
    const done = follow();
    // The window follows the job by its state; only a caller that awaits `done` needs the rejection.
    done.catch(() => undefined);
    this.#jobs.set(state.id, { state, cancel, done });
    this.#jobs.delete(state.id - KEPT_JOBS);
    // It was on its way when everything was stopped.
    if (this.#stopped) cancel();
    this.changed();
    return done;
  }

  /** A job that nobody watches, but that is cancelled with the others when everything is stopped. */
  async unwatched<Result>(job: RunningJob<Result>): Promise<Result> {
    this.#unwatched.add(job);
    if (this.#stopped) job.cancel();
    try {
      return await job.result;
    } finally {
      this.#unwatched.delete(job);
    }
  }

  states(): JobState[] {
    return [...this.#jobs.values()].map((job) => structuredClone(job.state));
  }

  cancel(id: number): void {
    const job = this.#jobs.get(id);
    if (!job)
      throw new ForesightError('not-found', `There is no job ${id}.`, 'List the jobs to see their numbers.');
    job.cancel();
  }

  /** Whatever is running and whatever comes is cancelled. */
  stopForGood(): void {
    this.#stopped = true;
    for (const job of this.#jobs.values()) if (job.state.state === 'running') job.cancel();
    for (const job of this.#unwatched) job.cancel();
  }

  progress(signal?: AbortSignal): AsyncGenerator<JobState[], void, void> {
    const jobs = () => this.states();
    return mapped(
      batches<null, { dirty: true }>(this.#changes, {
        first: { dirty: true },
        empty: () => ({ dirty: true }),
        merge: () => undefined,
        intervalMs: JOB_INTERVAL_MS,
        signal,
      }),
      jobs,
    );
  }

  async close(): Promise<void> {
    const running = [...this.#jobs.values()].filter((job) => job.state.state === 'running');
    this.stopForGood();
    const unwatched = [...this.#unwatched].map(({ result }) => result);
    await Promise.allSettled([...running.map((job) => job.done), ...unwatched]);
  }
}

function newJob(id: number, kind: JobState['kind'], title: string): JobState {
  return {
    id,
    kind,
    state: 'running',
    title,
    progress: {
      phase: 'loading',
      epoch: 0,
      epochs: 0,
      detail: '',
      trainLoss: null,
      holdOutLoss: null,
      transitions: 0,
      secondsElapsed: 0,
    },
    curve: [],
    model: null,
    policy: null,
    checkpoint: null,
    error: null,
  };
}

function note(state: JobState, progress: TrainProgress): void {
  state.progress = progress;
  if (progress.trainLoss === null || state.curve.at(-1)?.epoch === progress.epoch) return;
  const held = progress.holdOutLoss;
  const holdOut = held && held.length > 0 ? held.reduce((a, b) => a + b, 0) / held.length : null;
  state.curve.push({ epoch: progress.epoch, train: progress.trainLoss, holdOut });
}

function notePolicy(state: JobState, progress: PolicyProgress): void {
  const curve = [...(state.policy?.curve ?? []), ...progress.points];
  state.policy = { progress: { ...progress, points: [] }, curve, hash: state.policy?.hash ?? null };
  const { phase, detail, steps, stepsInAll, secondsElapsed } = progress;
  state.progress = {
    phase: phase === 'collecting' || phase === 'learning' ? 'training' : phase,
    ...{ epoch: steps, epochs: stepsInAll, detail: phase === 'collecting' ? 'collecting' : detail },
    ...{ trainLoss: null, holdOutLoss: null, transitions: steps, secondsElapsed },
  };
}

async function* mapped<T, U>(
  source: AsyncGenerator<T, void, void>,
  map: (value: T) => U,
): AsyncGenerator<U, void, void> {
  for await (const value of source) yield map(value);
}
