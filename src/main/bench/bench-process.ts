import { asForesightError } from '../../shared/errors';
import { childPort } from '../processes/child-port';
import { heardOf } from '../processes/heard';
import type { FromBenchProcess, ToBenchProcess } from './bench-messages';
import { record } from './big-recording';
import { measureEngine } from './engines';
import { serveLabCameras } from './lab-cameras';

/** Times one engine, makes a recording, serves pictures or is a core that records, in a process of its own: it blocks, and nothing of the others is in its memory. */
const { port, host } = await childPort();
const post = (message: FromBenchProcess) => port.post(message);
port.onClose(() => process.exit(0));
port.onMessage((message) => {
  const asked = heardOf<ToBenchProcess>(
    { measure: true, record: true, serve: true, 'be-core': true },
    message,
    'whoever measures',
  );
  if (asked) void work(asked);
});

async function work(asked: ToBenchProcess): Promise<void> {
  try {
    if (asked.type === 'record') {
      await record(asked.folder, asked.rows);
      post({ type: 'recorded' });
      return;
    }
    if (asked.type === 'serve') {
      post({ type: 'serving', url: await serveLabCameras(asked.rate) });
      return;
    }
    if (asked.type === 'be-core') {
      const { recordAsCore } = await import('./record-as-core');
      const report = await recordAsCore(asked, host, (step) => post({ type: 'step', step }));
      post({ type: 'episode', report });
      return;
    }
    const { engine, budgetMs } = asked;
    const round = await measureEngine(engine, budgetMs, (phase) => post({ type: 'phase', phase }));
    post({ type: 'measured', round });
  } catch (thrown) {
    post({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}
