import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { workInTurn } from '../../processes/work-in-turn';
import { openSession } from '../budget/open-session';
import { PolicySession } from '../pilot/policy-session';
import type { PlanSession } from '../session/session';
import type { FromPlanWorker, ToPlanWorker } from '../types';

/**
 * The thread that plans: ONNX Runtime's `run` blocks whoever calls it, and the core must stay awake. Messages are
 * worked through one after another; whoever sends them keeps the queue short (index.ts).
 */
function start(port: NonNullable<typeof parentPort>): void {
  let session: PlanSession | PolicySession | undefined;
  let minimumMs = 0;

  const post = (message: FromPlanWorker, transfer: ArrayBufferLike[] = []) =>
    port.postMessage(message, transfer as ArrayBuffer[]);

  const handle = async (message: ToPlanWorker): Promise<void> => {
    switch (message.type) {
      case 'setup': {
        const began = performance.now();
        await session?.close();
        session = await openSession(message.setup);
        minimumMs = message.setup.planner.minimumMs;
        const planMs = Math.max(session.warmPlanMs, minimumMs);
        post({ type: 'ready', compileMs: performance.now() - began, planMs });
        return;
      }
      case 'setup policy': {
        const began = performance.now();
        await session?.close();
        session = await PolicySession.open(message.setup);
        post({ type: 'ready', compileMs: performance.now() - began, planMs: session.warmPlanMs });
        return;
      }
      case 'behave':
        if (!(session instanceof PolicySession)) throw new Error('only a policy behaves');
        session.behave(message.behaviour, message.number);
        return;
      case 'plan': {
        if (!session) throw new Error('asked for a plan before the setup');
        const began = performance.now();
        const made = await session.plan(message.request, message.warmStart);
        await until(began + minimumMs);
        const result = { ...made, planMs: Math.max(made.planMs, minimumMs) };
        const trajectories = result.candidates.map(({ trajectory }) => trajectory.buffer);
        post({ type: 'plan', result }, [result.mean.buffer, result.std.buffer, ...trajectories]);
        return;
      }
      case 'adjust':
        if (!session) throw new Error('asked for an adjustment before the setup');
        post({ type: 'adjusted', done: await session.adjust(message.adjustment) });
        return;
      case 'close':
        await session?.close();
        port.close();
    }
  };

  const known = {
    setup: true,
    'setup policy': true,
    behave: true,
    plan: true,
    adjust: true,
    close: true,
  } as const;
  workInTurn<ToPlanWorker>(port, known, handle, (message, error) => {
    if (message.type === 'plan') post({ type: 'failed', of: 'plan', id: message.request.id, error });
    else post({ type: 'failed', of: message.type, error });
  });
}

/** Sleeps, as a busy thread would take the processor from others. Timers may come a millisecond early. */
async function until(time: number): Promise<void> {
  for (let left = time - performance.now(); left > 0; left = time - performance.now()) await delay(left);
}

/** A plan has a deadline: it goes before drawing, where the system lets us. Linux counts by thread, others by process. */
function goFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Only an administrator may raise a priority on most systems; without it a busy computer plans later.
  }
}

goFirst();
if (parentPort === null) throw new Error('plan-worker runs as a worker thread');
start(parentPort);
