import type { Disposable } from '../../../../shared/disposable';
import { Random } from '../../../../shared/random';
import { hostSeconds } from '../../clock';
import type { Line } from '../firmware';
import type { SimulatedBus } from './device';
import { type LineFaults, NO_FAULTS, spoil } from './faults';

/** The plant moves at least so often, asked or not; and whenever something is asked. */
const STEP_MS = 10;
/** What a pause of this process was longer than that is not made up for. */
const MOST_BEHIND_SECONDS = 0.25;

export interface ServedBus extends Disposable {
  /** May be changed at any time. */
  faults: LineFaults;
}

export interface ServeOptions {
  bus: SimulatedBus;
  line: Line;
  faults?: Partial<LineFaults>;
  seed: number;
  /** A plant that cannot be simulated any further; nothing is answered from then on. */
  onFailure(thrown: unknown): void;
}

/** Puts simulated motors onto a line, on a clock of their own. */
export function serveBus({ bus, line, faults, seed, onFailure }: ServeOptions): ServedBus {
  const random = new Random(seed).fork('line');
  const served = { faults: { ...NO_FAULTS, ...faults } };
  const timers = new Set<NodeJS.Timeout>();
  let steppedAt = hostSeconds();

  const send = (bytes: Uint8Array, afterSeconds: number) => {
    if (bytes.length === 0) return;
    if (afterSeconds <= 0) {
      line.write(bytes);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      line.write(bytes);
    }, afterSeconds * 1000);
    timers.add(timer);
  };
  const step = () => {
    const now = hostSeconds();
    const seconds = Math.min(now - steppedAt, MOST_BEHIND_SECONDS);
    steppedAt = now;
    try {
      bus.step(seconds);
    } catch (thrown) {
      stop();
      onFailure(thrown);
    }
  };
  const clock = setInterval(step, STEP_MS);
  const listening = line.onData((bytes) => {
    step();
    const { latencySeconds, delaySeconds, echo } = served.faults;
    const now: Uint8Array[] = echo ? [bytes] : [];
    for (const answer of bus.receive(bytes)) {
      const spoiled = spoil(answer, served.faults, random);
      now.push(...spoiled.now);
      for (const late of spoiled.late) send(late, latencySeconds + delaySeconds);
    }
    send(joined(now), latencySeconds);
  });
  const stop = () => {
    clearInterval(clock);
    listening.dispose();
    for (const timer of timers) clearTimeout(timer);
  };
  return Object.assign(served, { dispose: stop });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
