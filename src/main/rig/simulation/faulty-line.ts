import type { Disposable } from '../../../shared/disposable';
import { Random } from '../../../shared/random';
import type { Line } from './firmware';
import { type LineFaults, spoil } from './servo-bus/faults';

/** A line on which a device's answers suffer `faults`, which may be changed at any time. A write is one answer. */
export function faultyLine(line: Line, faults: () => LineFaults, seed: number): Line & Disposable {
  const random = new Random(seed).fork('line');
  const timers = new Set<NodeJS.Timeout>();
  const send = (bytes: Uint8Array, afterSeconds: number) => {
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
  return {
    write: (answer) => {
      const { latencySeconds, delaySeconds } = faults();
      const { now, late } = spoil(answer, faults(), random);
      for (const bytes of now) send(bytes, latencySeconds);
      for (const bytes of late) send(bytes, latencySeconds + delaySeconds);
    },
    onData: (listener) =>
      line.onData((bytes) => {
        if (faults().echo) send(bytes, faults().latencySeconds);
        listener(bytes);
      }),
    dispose: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
