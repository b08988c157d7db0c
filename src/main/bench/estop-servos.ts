import { setTimeout as pause } from 'node:timers/promises';
import { asForesightError } from '../../shared/errors';
import { Random } from '../../shared/random';
import { quantile } from '../../shared/statistics';
import { measureBareTimer } from '../control/bare-timer-client';
import type { Core } from '../core';
import { hostHere } from '../processes/here-host';
import { besideTraining, recordSomething } from './beside-training';
import { resumed } from './resumed';

/** From the call to what every motor has said of itself, ms (99 of 100). */
export const CONFIRMED_BAR_MS = 50;

/** How long the rig is moved before each. */
const MOST_MOVING_MS = 100;

/** How long it took, ms. */
export interface Spread {
  n: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** From the call to torque on, goal where the joint is, or torque off, as read back from every motor. */
interface Confirmed {
  /** Emergency stop until every motor says that it holds. */
  stop: Spread;
  /** Release until every motor says that its torque is off. */
  release: Spread;
  /** A timer that does nothing else, beside it. */
  bareTimerP99Ms: number;
  /** Stops or releases that were not confirmed in 1.5 s. */
  unconfirmed: number;
}

export interface EstopServosReport {
  rig: string;
  idle: Confirmed;
  whileTraining: Confirmed;
  barMs: number;
  fits: boolean;
}

export interface EstopServosOptions {
  rig: string;
  /** Of stops and of releases, in each of the two. */
  n: number;
  seed: number;
  onStop?(done: number, of: number): void;
}

/**
 * Stops and releases moving motors on a pseudo-terminal again and again, each time until every one of them has been read back.
 * `core` is one on an empty workspace.
 * @throws ForesightError unavailable where no pseudo-terminal can be made
 */
export async function benchEstopServos(core: Core, options: EstopServosOptions): Promise<EstopServosReport> {
  const { rig, n, seed } = options;
  await recordSomething(core, seed);
  await core.rig.connect({ rig, mode: 'realtime', port: 'simulated:pty', seed });
  try {
    const tell = (already: number) => (done: number) => options.onStop?.(already + done, 4 * n);
    const idle = await measure(core, options, tell(0));
    const whileTraining = await besideTraining(core, () => measure(core, options, tell(2 * n)));
    const ways = [idle, whileTraining];
    const fits = ways.every(
      ({ stop, release, unconfirmed }) =>
        unconfirmed === 0 && Math.max(stop.p99Ms, release.p99Ms) <= CONFIRMED_BAR_MS,
    );
    return { rig, idle, whileTraining, barMs: CONFIRMED_BAR_MS, fits };
  } finally {
    await core.rig.disconnect();
  }
}

async function measure(
  core: Core,
  { n, seed }: EstopServosOptions,
  onStop: (done: number) => void,
): Promise<Confirmed> {
  const bareTimer = await measureBareTimer(hostHere(), core.rig.require().rig.file.periodSeconds);
  try {
    const ways = await stopAndRelease(core, { n, seed }, onStop);
    return { ...ways, bareTimerP99Ms: (await bareTimer.report())?.p99 ?? Number.NaN };
  } finally {
    bareTimer.stop();
  }
}

async function stopAndRelease(
  core: Core,
  { n, seed }: Pick<EstopServosOptions, 'n' | 'seed'>,
  onStop: (done: number) => void,
): Promise<Omit<Confirmed, 'bareTimerP99Ms'>> {
  const random = new Random(seed);
  const [stops, releases]: [number[], number[]] = [[], []];
  let unconfirmed = 0;
  const once = async (way: () => Promise<unknown>, into: number[]) => {
    await resumed(() => core.rig.resume());
    await move(core, random);
    const asked = performance.now();
    try {
      await way();
      into.push(performance.now() - asked);
    } catch (thrown) {
      if (!['rig-silent', 'rig-refused'].includes(asForesightError(thrown).code)) throw thrown;
      unconfirmed++;
      into.push(Number.POSITIVE_INFINITY);
    }
  };
  for (let i = 1; i <= n; i++) {
    await once(() => core.rig.stop('the bench'), stops);
    await once(() => core.rig.release(), releases);
    onStop(2 * i);
  }
  return { stop: spread(stops), release: spread(releases), unconfirmed };
}

/** Moves with random commands, for a random while: stops come anywhere in the period. */
async function move(core: Core, random: Random): Promise<void> {
  const { actions } = core.rig.require().rig.file;
  const action = actions.map(({ limits: [low, high] }) => random.uniformIn(low, high) / 2);
  core.rig.jog(action, 1);
  await pause(random.uniformIn(20, MOST_MOVING_MS));
}

function spread(ms: readonly number[]): Spread {
  return { n: ms.length, p50Ms: quantile(ms, 0.5), p99Ms: quantile(ms, 0.99), maxMs: Math.max(...ms) };
}
