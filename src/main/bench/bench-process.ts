import { asForesightError, type ErrorShape } from '../../shared/errors';
import type { EngineName } from '../../shared/model-options';
import { childPort } from '../processes/child-port';
import { heardOf } from '../processes/heard';
import { type EngineRound, measureEngine } from './engines';

export interface ToBenchProcess {
  type: 'measure';
  engine: EngineName;
  /** About how long to repeat each call. */
  budgetMs: number;
}
export type FromBenchProcess =
  | { type: 'phase'; phase: string }
  | { type: 'measured'; round: EngineRound }
  | { type: 'failed'; error: ErrorShape };

/** Times one engine, in a process of its own: it blocks, and nothing of the others is in its memory. */
const { port } = await childPort();
const post = (message: FromBenchProcess) => port.post(message);
port.onClose(() => process.exit(0));
port.onMessage((message) => {
  const asked = heardOf<ToBenchProcess>({ measure: true }, message, 'whoever measures');
  if (asked) void measure(asked);
});

async function measure({ engine, budgetMs }: ToBenchProcess): Promise<void> {
  try {
    const round = await measureEngine(engine, budgetMs, (phase) => post({ type: 'phase', phase }));
    post({ type: 'measured', round });
  } catch (thrown) {
    post({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}
