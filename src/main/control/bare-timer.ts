import { childPort } from '../processes/child-port';
import { heardOf } from '../processes/heard';
import { JitterRing } from './jitter';

/**
 * The reference that the loop's jitter is judged by: a process that does nothing but tick on an absolute schedule
 * with a plain timer, and measures its distance from the schedule as the loop does.
 */
export type ToBareTimer = { type: 'start'; periodSeconds: number } | { type: 'report' };
const { port } = await childPort();
const jitter = new JitterRing(100_000);
let timer: NodeJS.Timeout | undefined;

function start(periodSeconds: number): void {
  clearTimeout(timer);
  jitter.clear();
  let deadline = performance.now() / 1000 + periodSeconds;
  const sleep = () => {
    timer = setTimeout(tick, Math.max(0, (deadline - performance.now() / 1000) * 1000));
  };
  const tick = () => {
    const lateness = performance.now() / 1000 - deadline;
    jitter.push(lateness);
    // As the loop: periods that are over already are skipped.
    deadline += periodSeconds * (1 + Math.max(0, Math.floor(lateness / periodSeconds)));
    sleep();
  };
  sleep();
}

port.onMessage((message) => {
  const known = { start: true, report: true } as const;
  const asked = heardOf<ToBareTimer>(known, message, 'whoever measures');
  if (asked?.type === 'start') start(asked.periodSeconds);
  else if (asked) port.post(jitter.summary());
});
port.onClose(() => process.exit(0));
