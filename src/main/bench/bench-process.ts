import { asForesightError, type ErrorShape } from '../../shared/errors';
import type { EngineName } from '../../shared/model-options';
import { childPort } from '../processes/child-port';
import { heardOf } from '../processes/heard';
import { record } from './big-recording';
import { type EngineRound, measureEngine } from './engines';

export type ToBenchProcess =
  | {
      type: 'measure';
      engine: EngineName;
      /** About how long to repeat each call. */
      budgetMs: number;
    }
  /** Make a recording of so many rows in a workspace. */
  | { type: 'record'; folder: string; rows: number };
export type FromBenchProcess =
  | { type: 'phase'; phase: string }
  | { type: 'measured'; round: EngineRound }
  | { type: 'recorded' }
  | { type: 'failed'; error: ErrorShape };

/** Times one engine or makes a recording, in a process of its own: it blocks, and nothing of the others is in its memory. */
const { port } = await childPort();
const post = (message: FromBenchProcess) => port.post(message);
port.onClose(() => process.exit(0));
port.onMessage((message) => {
  const asked = heardOf<ToBenchProcess>({ measure: true, record: true }, message, 'whoever measures');
  if (asked) void work(asked);
});

async function work(asked: ToBenchProcess): Promise<void> {
  try {
    if (asked.type === 'record') {
      await record(asked.folder, asked.rows);
      post({ type: 'recorded' });
      return;
    }
    const { engine, budgetMs } = asked;
    const round = await measureEngine(engine, budgetMs, (phase) => post({ type: 'phase', phase }));
    post({ type: 'measured', round });
  } catch (thrown) {
    post({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}
