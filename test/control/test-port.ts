import type { FromRig, ToRig } from '../../src/main/control/messages';
import type { Port } from '../../src/main/processes/port';
import { PortEvents } from '../../src/main/processes/port-events';

/** A port with its other end in hand: what was posted (also after its close), and ways to say and close. */
export function testPort() {
  const events = new PortEvents();
  const said: FromRig[] = [];
  const waiting: { wanted(message: FromRig): boolean; resolve(message: FromRig): void }[] = [];
  const port: Port = {
    post: (message) => {
      said.push(message as FromRig);
      for (const wait of waiting.filter(({ wanted }) => wanted(message as FromRig))) {
        waiting.splice(waiting.indexOf(wait), 1);
        wait.resolve(message as FromRig);
      }
    },
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => events.close('closed'),
  };
  return {
    port,
    said,
    say: (message: ToRig) => events.message(message),
    gone: () => events.close('The core is gone.'),
    hear: (wanted: (message: FromRig) => boolean) =>
      new Promise<FromRig>((resolve) => waiting.push({ wanted, resolve })),
  };
}
