import type { Disposable } from '../../../../shared/disposable';
import { hostSeconds } from '../../clock';
import { faultyLine } from '../faulty-line';
import type { Line } from '../firmware';
import type { SimulatedBus } from './device';
import { type LineFaults, NO_FAULTS } from './faults';

/** The plant moves at least so often, asked or not; and whenever something is asked. */
const STEP_MS = 10;
/** What a pause of this process was longer than that is not made up for. */
const MOST_BEHIND_SECONDS = 0.05;

export interface ServedBus extends Disposable {
  /** May be changed at any time. */
  faults: LineFaults;
}

export interface ServeOptions {
  bus: SimulatedBus;
  line: Line;
  faults?: Partial<LineFaults>;
  seed: number;
  /** Called when something was heard and done, and not yet answered. */
  beforeAnswers?: (() => void) | undefined;
  /** A plant that cannot be simulated any further; nothing is answered from then on. */
  onFailure(thrown: unknown): void;
}

/** Puts simulated motors onto a line, on a clock of their own. */
export function serveBus({ bus, line, faults, seed, beforeAnswers, onFailure }: ServeOptions): ServedBus {
  const served = { faults: { ...NO_FAULTS, ...faults } };
  const spoiled = faultyLine(line, () => served.faults, seed);
  let steppedAt = hostSeconds();

  const speak = (answers: readonly Uint8Array[]) => {
    for (const answer of answers) spoiled.write(answer);
  };
  const step = () => {
    const now = hostSeconds();
    const seconds = Math.min(now - steppedAt, MOST_BEHIND_SECONDS);
    steppedAt = now;
    try {
      bus.step(seconds);
      speak(bus.unasked?.() ?? []);
    } catch (thrown) {
      stop();
      onFailure(thrown);
    }
  };
  const clock = setInterval(step, STEP_MS);
  const listening = spoiled.onData((bytes) => {
    step();
    const answers = bus.receive(bytes);
    beforeAnswers?.();
    speak(answers);
  });
  const stop = () => {
    clearInterval(clock);
    listening.dispose();
    spoiled.dispose();
  };
  return Object.assign(served, { dispose: stop });
}
