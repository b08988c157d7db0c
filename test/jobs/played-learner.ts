import type { Host } from '../../src/main/processes/port';
import { PortEvents } from '../../src/main/processes/port-events';

/** A host that starts a learner whose process is played by whoever tests it. */
export function playedLearner(): {
  host: Host;
  say(message: unknown): void;
  /** It is gone, for this reason. */
  end(reason: string): void;
  wasKilled(): boolean;
} {
  const events = new PortEvents();
  let killed = false;
  const host: Host = {
    kind: 'node',
    spawn: async () => ({
      pid: 1,
      post: () => undefined,
      onMessage: (listener) => events.onMessage(listener),
      onClose: (listener) => events.onClose(listener),
      close: () => undefined,
      kill: () => {
        killed = true;
      },
    }),
  };
  return {
    host,
    say: (message) => events.message(message),
    end: (reason) => events.close(reason),
    wasKilled: () => killed,
  };
}
