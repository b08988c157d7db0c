import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ForesightError } from '../../shared/errors';
import { quantile } from '../../shared/statistics';
import { measureBareTimer } from '../control/bare-timer-client';
import type { Host } from '../processes/port';
import { loadRig, openDriver, startSimulatedFirmware } from '../rig';
import { resumed } from './resumed';

const HZ = 100;
/** Memory is compared from here on: what is compiled and cached once is no growth. */
const SETTLED_SHARE = 0.2;
/** A whole collection of garbage keeps the process for a few control periods: seldom. */
const MOST_LOOK_MS = 60_000;
const LEAST_LOOKS = 10;
/** What memory may grow by in an hour before it is called growth, MB. */
const GROWTH_BAR_MB = 20;

export interface SoakReport {
  minutes: number;
  hz: number;
  /** Share of the answers that are lost, damaged or late. */
  faults: number;
  /** Control periods, those in which all motors were seen, and those in which a missing answer was bridged. */
  periods: number;
  observed: number;
  bridged: number;
  /** Periods without an observation: while the bench itself collected garbage to look at memory, after a fault of the line, and without any. */
  lostToLooks: number;
  lostWithFaults: number;
  lostBeyondFaults: number;
  /** Packets that did not come, or came damaged. */
  unanswered: number;
  damaged: number;
  /** What the driver said of itself: none is expected. */
  faultsTold: string[];
  exceptions: string[];
  /** How late a timer of the same period was that did nothing else, ms: a computer that stood still loses periods whoever drives. */
  bareTimerP99Ms: number;
  bareTimerMaxMs: number;
  /** Heap after a collection, MB, first and last; growth an hour by a line through all looks. */
  heapMB: [first: number, last: number];
  rssMB: [first: number, last: number];
  heapGrowthMBPerHour: number;
  fits: boolean;
}

export interface SoakOptions {
  minutes: number;
  faults: number;
  onMinute(done: number, of: number): void;
}

/**
 * Simulated motors on a pseudo-terminal, driven at 100 Hz for minutes, while answers are lost, damaged and late.
 * @throws ForesightError unavailable where no pseudo-terminal can be made
 */
export async function soakServos(
  host: Host,
  { minutes, faults, onMinute }: SoakOptions,
): Promise<SoakReport> {
  const rig = await loadRig('so101');
  rig.file.periodSeconds = 1 / HZ;
  const line = { dropped: faults / 3, corrupted: faults / 3, delayed: faults / 3 };
  const device = await startSimulatedFirmware({ rig, link: 'pty', seed: 0, faults: { line } }, host);
  if (device.path === null) {
    device.stop();
    throw new ForesightError('unavailable', 'There is no pseudo-terminal.', 'Install socat.');
  }
  const collect = collector();
  const bareTimer = await measureBareTimer(host, 1 / HZ);
  const exceptions: string[] = [];
  const heard = (thrown: unknown) =>
    exceptions.push(thrown instanceof Error ? thrown.message : String(thrown));
  process.on('uncaughtExceptionMonitor', heard);
  process.on('unhandledRejection', heard);
  const driver = await openDriver(rig, { mode: 'realtime', port: device.path, seed: 0 }, host);
  const faultsTold: string[] = [];
  const lost = { toLooks: 0, withFaults: 0, beyond: 0 };
  let hasLooked = false;
  const memory: { hours: number; heap: number; rss: number }[] = [];
  const faultsSoFar = () => {
    const { unanswered = 0, badChecksum = 0, strays = 0 } = driver.counters();
    return unanswered + badChecksum + strays;
  };
  try {
    driver.onFault(({ message }) => faultsTold.push(message));
    let first: number | undefined;
    let faultsBefore = faultsSoFar();
    let observations = 0;
    driver.onObservation(() => {
      const now = performance.now();
      first ??= now;
      // Against the clock: an observation that comes late in its period, with the next one in time, is none that was lost.
      const due = Math.round(((now - first) * HZ) / 1000) + 1;
      observations++;
      const missed = Math.max(0, due - observations - lost.toLooks - lost.withFaults - lost.beyond);
      const happened = faultsSoFar();
      if (hasLooked) lost.toLooks += missed;
      else if (happened > faultsBefore) lost.withFaults += missed;
      else lost.beyond += missed;
      faultsBefore = happened;
      hasLooked = false;
    });
    await resumed(() => driver.resume());
    const before = driver.counters();
    const begun = performance.now();
    let moving = true;
    const moved = (async () => {
      for (let period = 0; moving; period++) {
        const action = rig.file.actions.map((_, k) => 0.2 * Math.sin(period / 100 + k));
        driver.act(Float64Array.from(action), 1);
        await pause(1000 / HZ);
      }
    })();
    const lookMs = Math.min(MOST_LOOK_MS, (minutes * 60_000) / LEAST_LOOKS);
    for (let look = 1; look * lookMs <= minutes * 60_000 + 1; look++) {
      await pause(Math.max(0, begun + look * lookMs - performance.now()));
      collect();
      hasLooked = true;
      const { heapUsed, rss } = process.memoryUsage();
      memory.push({ hours: (look * lookMs) / 3_600_000, heap: heapUsed / 2 ** 20, rss: rss / 2 ** 20 });
      onMinute((look * lookMs) / 60_000, minutes);
    }
    moving = false;
    await moved;
    const bare = await bareTimer.report();
    const seconds = (performance.now() - begun) / 1000;
    const counters = driver.counters();
    const counted = (name: string) => (counters[name] ?? 0) - (before[name] ?? 0);
    const settled = memory.slice(Math.floor(memory.length * SETTLED_SHARE));
    const heapGrowthMBPerHour = slope(settled.map(({ hours, heap }) => [hours, heap]));
    const ends = (what: 'heap' | 'rss'): [number, number] => [
      settled[0]?.[what] ?? 0,
      settled.at(-1)?.[what] ?? 0,
    ];
    const isFlat = heapGrowthMBPerHour <= GROWTH_BAR_MB || ends('heap')[1] - ends('heap')[0] < 1;
    return {
      ...{ minutes, hz: HZ, faults, periods: Math.round(seconds * HZ), observed: counted('observations') },
      ...{
        bridged: counted('bridged'),
        lostToLooks: lost.toLooks,
        lostWithFaults: lost.withFaults,
        lostBeyondFaults: lost.beyond,
      },
      ...{ unanswered: counted('unanswered'), damaged: counted('badChecksum'), faultsTold, exceptions },
      ...{ bareTimerP99Ms: bare?.p99 ?? Number.NaN, bareTimerMaxMs: bare?.max ?? Number.NaN },
      ...{ heapMB: ends('heap'), rssMB: ends('rss'), heapGrowthMBPerHour },
      fits: faultsTold.length === 0 && exceptions.length === 0 && isFlat,
    };
  } finally {
    process.off('uncaughtExceptionMonitor', heard);
    process.off('unhandledRejection', heard);
    await driver.hold().catch(() => undefined);
    await driver.close();
    device.stop();
    bareTimer.stop();
  }
}

/** Collects garbage, so that what is left is what is kept. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Of the line through points that is steeper than half of those between any two (Theil–Sen): single peaks do not count. */
function slope(points: readonly (readonly [number, number])[]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(i + 1).map(([x2, y2]) => (y2 - y) / (x2 - x)));
  return slopes.length === 0 ? 0 : quantile(slopes, 0.5);
}
