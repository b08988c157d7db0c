import { setTimeout as pause } from 'node:timers/promises';
import { asForesightError, ForesightError } from '../../shared/errors';
import { Random } from '../../shared/random';
import { quantile } from '../../shared/statistics';
import { measureBareTimer } from '../control/bare-timer-client';
import type { RigSession } from '../control/rig-session';
import type { Core } from '../core';
import { hostHere } from '../processes/here-host';
import { besideTraining, recordSomething } from './beside-training';
import { type EstopWire, openEstopWire } from './estop-wire';
import { resumed } from './resumed';

/** Idle, a stop is on the wire within this time, ms (99 of 100). */
export const IDLE_BAR_MS = 10;
/** Beside a training, it may take so much longer than a bare timer overshoots in the same run, ms. */
export const TRAINING_BAR_MS = 25;

/** The way from the call of the e-stop to the whole hold frame on the wire, ms, beside a timer that does nothing else. */
export interface EstopWay {
  n: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  bareTimerP50Ms: number;
  bareTimerP99Ms: number;
}

export interface EstopReport {
  idle: EstopWay;
  whileTraining: EstopWay;
  fits: boolean;
}

export interface EstopBenchOptions {
  /** Stops a measurement. */
  n: number;
  seed: number;
  onStop?(done: number, of: number): void;
}

/**
 * Stops a moving rig again and again: from the core's e-stop over the rig process and a real pseudo-terminal to the
 * bytes that its device reads; idle, and beside a training. `core` is one on an empty workspace.
 * @throws ForesightError unavailable where no pseudo-terminal can be made
 */
export async function benchEstop(core: Core, options: EstopBenchOptions): Promise<EstopReport> {
  const wire = await openEstopWire();
  try {
    await recordSomething(core, options.seed);
    await core.rig.connect({ rig: wire.rig.folder, mode: 'realtime', port: wire.path, seed: options.seed });
    const tell = (already: number) => (done: number) => options.onStop?.(already + done, 2 * options.n);
    const idle = await measure(core, wire, options, tell(0));
    const whileTraining = await besideTraining(core, () => measure(core, wire, options, tell(options.n)));
    return { idle, whileTraining, fits: fits(idle, whileTraining) };
  } finally {
    await core.rig.disconnect();
    wire.dispose();
  }
}

export function fits(idle: EstopWay, whileTraining: EstopWay): boolean {
  const more = whileTraining.p99Ms - whileTraining.bareTimerP99Ms;
  return idle.p99Ms <= IDLE_BAR_MS && more <= TRAINING_BAR_MS;
}

async function measure(
  core: Core,
  wire: EstopWire,
  { n, seed }: EstopBenchOptions,
  onStop: (done: number) => void,
): Promise<EstopWay> {
  const { session, rig } = core.rig.require();
  const random = new Random(seed);
  const bareTimer = await measureBareTimer(hostHere(), rig.file.periodSeconds);
  try {
    // A process takes its time to start, and two stops may be over before it has.
    while (!(await bareTimer.report())) await pause(1000 * rig.file.periodSeconds);
    const ways: number[] = [];
    for (let episode = 1; ways.length < n; episode++) {
      // However long it takes: its stops are measured, on a computer that may be busy with something else.
      await resumed(() => core.rig.resume(), ['rig-silent']);
      const over = { yet: false, promise: next(session, episode, 'onEnded') };
      void over.promise.then(() => {
        over.yet = true;
      });
      if (!(await moves(session, episode, random.integer(2 ** 31)))) continue;
      // Anywhere in the period.
      await pause(random.uniformIn(0, 2000 * rig.file.periodSeconds));
      // Brought to hold by itself, on a computer that stood still: no moving rig is stopped then.
      if (over.yet) continue;
      const onWire = wire.nextHold();
      const asked = performance.now();
      const confirmed = core.rig.stop('the bench');
      ways.push((await onWire) - asked);
      await Promise.all([confirmed, over.promise]);
      onStop(ways.length);
    }
    const bare = await bareTimer.report();
    if (!bare) throw new ForesightError('internal', 'The reference timer never ticked.', 'Measure again.');
    return {
      ...{ n, p50Ms: quantile(ways, 0.5), p99Ms: quantile(ways, 0.99), maxMs: Math.max(...ways) },
      ...{ bareTimerP50Ms: bare.p50, bareTimerP99Ms: bare.p99 },
    };
  } finally {
    bareTimer.stop();
  }
}

/** An episode that goes on until it is stopped, at its first step; false when it was called off before that. */
async function moves(session: RigSession, episode: number, seed: number): Promise<boolean> {
  const first = next(session, episode, 'onTick');
  const controller = { kind: 'random' as const, seed, holdSteps: 1, amplitude: 1 };
  const over = next(session, episode, 'onEnded');
  try {
    await session.begin({ episode, controller, resetSeed: seed });
    await Promise.race([first, over]);
    return true;
  } catch (thrown) {
    if (asForesightError(thrown).code !== 'stopped') throw thrown;
    return false;
  }
}

/** Resolves with the episode's next step, or with its end. */
function next(session: RigSession, episode: number, what: 'onTick' | 'onEnded'): Promise<void> {
  return new Promise((resolve) => {
    const listening = session[what]((message) => {
      if (message.episode !== episode) return;
      listening.dispose();
      resolve();
    });
  });
}
