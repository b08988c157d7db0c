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
}
export type Cancel = () => void;

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
};
