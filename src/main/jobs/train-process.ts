import { asForesightError } from '../../shared/errors';
import { limitThreads } from '../dynamics/threads';
import { childPort } from '../processes/child-port';
import { heardOf } from '../processes/heard';
import { runJob } from './run-job';
import { standBack } from './stand-back';
import type { FromTrainProcess, Job, ToTrainProcess } from './types';

/** A training process: does one job, says how it goes, and ends. It also ends when whoever started it is gone. */
const { port } = await childPort();
const post = (message: FromTrainProcess) => port.post(message);
const cancel = new AbortController();
// Not by process.exit, which waits for threads that may be in the middle of a long call.
port.onClose(() => process.kill(process.pid, 'SIGKILL'));
const KNOWN: Record<ToTrainProcess['type'], true> = {
  ...{ train: true, evaluate: true, export: true, cancel: true },
  ...{ 'learn-policy': true, 'evaluate-policy': true, 'export-policy': true },
};
port.onMessage((message) => {
  const asked = heardOf<ToTrainProcess>(KNOWN, message, 'whoever started a training');
  if (asked?.type === 'cancel') cancel.abort();
  else if (asked) void work(asked);
});

async function work(job: Job): Promise<void> {
  try {
    // Threads inherit it from this one, so it comes before the engine starts any.
    if (job.nice > 0) standBack(job.nice);
    limitThreads(job.threads);
    post(
      await runJob(job, {
        signal: cancel.signal,
        onProgress: (progress) => post({ type: 'progress', progress }),
        onPolicyProgress: (progress) => post({ type: 'policy-progress', progress }),
        onCheckpoint: () => post({ type: 'checkpointed' }),
      }),
    );
  } catch (thrown) {
    const error = asForesightError(thrown);
    post(error.code === 'cancelled' ? { type: 'cancelled' } : { type: 'failed', error: error.toShape() });
  }
}
