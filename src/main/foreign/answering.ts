import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { asForesightError } from '../../shared/errors';
import { childPort } from '../processes/child-port';
import { heard } from '../processes/heard';
import type { Host } from '../processes/port';
import { AnyQuestion, type Question, READY, type Reply } from './messages';

/** Of JavaScript's own heap, MB; what WebAssembly takes is limited where it is loaded. */
const MOST_HEAP_MB = 1024;
/** Whoever asked ends this process after the limit; should he be gone, it ends itself, this much later. */
const SELF_END_SECONDS = 2;

/**
 * The program of a process that reads what came from elsewhere: answers questions until whoever asks is gone. A parser
 * that never returns hears no message, so a thread beside it counts the time.
 * @param load what every answer needs, before the first question: no file is to blame for the time that takes
 */
export async function answerQuestions<Asked, Answered>(
  answer: (asked: Asked, host: Host) => Promise<Answered>,
  load: () => Promise<unknown>,
): Promise<void> {
  setFlagsFromString(`--max-old-space-size=${MOST_HEAP_MB}`);
  const watch = new Worker(WATCH, { eval: true, execArgv: [] });
  // Whoever asked counts the time as well.
  watch.on('error', (error) => console.error(error));
  // Ctrl-C on a terminal reaches every process of its group; when this one ends, whoever asks decides.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const { port, host } = await childPort();
  port.onClose(() => process.exit(0));
  port.onMessage(async (received) => {
    const question = heard(AnyQuestion, received, 'whoever wants files read');
    if (!question) return;
    const { number, asked, limitSeconds } = question as Question<Asked>;
    watch.postMessage((limitSeconds + SELF_END_SECONDS) * 1000);
    const reply: Reply<Answered> = await answer(asked, host).then(
      (answered) => ({ number, answer: answered }),
      (thrown: unknown) => ({ number, error: asForesightError(thrown).toShape() }),
    );
    watch.postMessage(0);
    port.post(reply);
  });
  // Whoever asks will be told by the answer that needs it.
  await load().catch((error: unknown) => console.error(error));
  port.post(READY);
}

/** A thread of its own: 0 stops its clock, any other number starts it, ms. */
const WATCH = `
const { parentPort } = require('node:worker_threads');
let timer;
parentPort.on('message', (ms) => {
  clearTimeout(timer);
  if (ms > 0) timer = setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms);
});`;
