import { ForesightError } from '../../shared/errors';
import { heardOf } from '../processes/heard';
import type { Host, SpawnedProcess } from '../processes/port';
import { type FromBenchProcess, HEARD_OF_BENCH, type ToBenchProcess } from './bench-messages';

/**
 * Has a process of its own do something whose memory and time are none of the caller's.
 * @param label what the process is, for messages
 * @param answerOf the answer, where a message is one
 * @returns the answer, and the process, which goes on until it is ended
 * @throws ForesightError what went wrong there; the process has ended then
 */
export async function askBenchProcess<T>(
  host: Host,
  label: string,
  asked: ToBenchProcess,
  answerOf: (message: FromBenchProcess) => T | undefined,
): Promise<{ answer: T; process: SpawnedProcess }> {
  const process = await host.spawn('bench-process', { label });
  try {
    const answer = await new Promise<T>((resolve, reject) => {
      process.onMessage((received) => {
        const message = heardOf<FromBenchProcess>(HEARD_OF_BENCH, received, label);
        if (message?.type === 'failed') reject(ForesightError.fromShape(message.error));
        const answer = message && answerOf(message);
        if (answer !== undefined) resolve(answer);
      });
      process.onClose((reason) => reject(new ForesightError('internal', reason, 'Run the benchmark again.')));
      process.post(asked);
    });
    return { answer, process };
  } catch (thrown) {
    process.kill();
    throw thrown;
  }
}
