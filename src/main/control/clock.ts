/** Time as the loop sees it; tests hand in a clock of their own and drive it. */
export interface Clock {
  /** Monotonic, seconds; the same clock as Observation.hostSeconds. */
  now(): number;
  /** Time of day, seconds: unlike `now` it goes on while the machine is suspended. */
  wall(): number;
  /** Calls back after about `milliseconds`; late rather than early, but never to be relied on for either. */
  later(callback: () => void, milliseconds: number): Cancel;
  /** Calls back after pending input and output was served. */
  soon(callback: () => void): Cancel;
  /** Gives the processor away for about `seconds`, during which nothing is served; comes back at once where that cannot be done. */
  nap(seconds: number): void;
  /** Lets `seconds` pass, to a microsecond, during which nothing is served and nobody else has the processor. */
  spin(seconds: number): void;
}
export type Cancel = () => void;

/** Nobody ever changes or wakes it. */
const never = new Int32Array(new SharedArrayBuffer(4));
const canNap = mayWait();

/** Windows wakes whoever waits at a pace of its own, of up to 15 ms; and not every thread is allowed to. */
function mayWait(): boolean {
  if (process.platform === 'win32') return false;
  try {
    return Atomics.wait(never, 0, 1) === 'not-equal';
  } catch {
    return false;
  }
}

export const systemClock: Clock = {
  now: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
  later: (callback, milliseconds) => {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  soon: (callback) => {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
  nap: (seconds) => {
    if (canNap) Atomics.wait(never, 0, 0, seconds * 1000);
  },
  spin: (seconds) => {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end);
  },
};
