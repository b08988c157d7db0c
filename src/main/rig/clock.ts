import type { Disposable } from '../../shared/disposable';

/** Host monotonic clock, seconds. */
export function hostSeconds(): number {
  return performance.now() / 1000;
}

/** After a pause as long as this many periods (a suspended laptop) the schedule starts anew instead of catching up. */
const MAX_PERIODS_BEHIND = 25;

/**
 * Calls `onTick` on an absolute schedule: tick k at start + k · period, so lateness does not add up. Timers are
 * whole milliseconds and early by up to one; the rest of the wait is spent turning the event loop.
 */
export function startTicking(periodSeconds: number, onTick: () => void): Disposable {
  let next = hostSeconds() + periodSeconds;
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let running = true;

  const wait = () => {
    const remaining = next - hostSeconds();
    if (remaining > 0.0015) timer = setTimeout(wait, Math.floor(remaining * 1000 - 0.5));
    else if (remaining > 0) immediate = setImmediate(wait);
    else tick();
  };
  const tick = () => {
    const behind = hostSeconds() - next;
    next += periodSeconds;
    if (behind > MAX_PERIODS_BEHIND * periodSeconds) next = hostSeconds() + periodSeconds;
    onTick();
    if (running) wait();
  };
  wait();
  return {
    dispose: () => {
      running = false;
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
