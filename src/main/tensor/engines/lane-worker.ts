import { parentPort, workerData } from 'node:worker_threads';
import { asForesightError } from '../../../shared/errors';
import { Rendezvous } from './lane-rendezvous';
import type { FromLaneWorker, ToLaneWorker } from './lanes';
import { openInPlace } from './native';

/** A thread that computes one of two lanes (lanes.ts), until the other one leaves. */
async function start({ lane, control, name }: ToLaneWorker, post: (message: FromLaneWorker) => void) {
  const rendezvous = new Rendezvous(control, 'beside');
  const program = await openInPlace(lane.program, name);
  post({ type: 'opened' });
  for (let begun: number | null = 0; ; ) {
    begun = rendezvous.begunAfter(begun);
    if (begun === null) break;
    for (const { inputs, outputs } of lane.turns) {
      program.run(inputs, outputs);
      if (!rendezvous.meet()) return;
    }
  }
  await program.dispose();
}

const port = parentPort;
if (port === null) throw new Error('lane-worker runs as a worker thread');
const given = workerData as ToLaneWorker;
start(given, (message) => port.postMessage(message)).catch((thrown: unknown) => {
  port.postMessage({ type: 'failed', error: asForesightError(thrown).toShape() } satisfies FromLaneWorker);
  new Rendezvous(given.control, 'beside').leave();
});
