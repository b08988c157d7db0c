import type { RawData, WebSocket } from 'ws';
import { takenMessage } from '../../shared/flow';
import type { Port } from '../processes/port';
import { PortEvents } from '../processes/port-events';
import { LIMITS } from './limits';

/** "Service restart": the window tries again at once. */
const GOING_AWAY = 1012;
/** "Policy violation": what was sent is nothing that a window sends. */
const NOT_UNDERSTOOD = 1008;
const STOP_FRAME = '!stop:';
const LONGEST_NAME = 200;
/** What a message costs whoever keeps it, besides its text, characters: an empty one waits as well. */
const MESSAGE_COST = 512;

/**
 * A browser as a port to the core. Its e-stop frames go to `stop` and never reach the core; every other message is
 * text of the contract, which the core parses. What the browser has taken is said to the core, which waits for it.
 */
export function clientPort(socket: WebSocket, stop: (by: string) => void): Port {
  const events = new PortEvents();
  let waitingForCore = 0;
  let stops = 0;
  let there = true;
  const pass = (text: string) => {
    waitingForCore += weight(text);
    if (waitingForCore > LIMITS.waitingForCore) socket.terminate();
    else events.message(text);
  };
  socket.on('message', (data: RawData, binary: boolean) => {
    const text = binary ? '!' : data.toString();
    if (text.startsWith(STOP_FRAME)) {
      // Each one counts, the one that is too many as well.
      stop(text.slice(STOP_FRAME.length).slice(0, LONGEST_NAME));
      stops += 1;
      if (stops > LIMITS.stops) socket.terminate();
    } else if (text.startsWith('!')) socket.close(NOT_UNDERSTOOD, 'Not a message of the window.');
    else pass(text);
  });
  socket.on('pong', () => {
    there = true;
  });
  // A computer that went to sleep or lost its network closes nothing: who has not answered the last time is cut off.
  const asking = setInterval(() => {
    stops = 0;
    if (!there) socket.terminate();
    there = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, LIMITS.pingMs);
  socket.on('close', () => {
    clearInterval(asking);
    events.close('The browser went away.');
  });
  // 'close' follows and is what counts.
  socket.on('error', () => {});
  return {
    post: (message) => {
      if (typeof message !== 'string' || socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > LIMITS.waitingForClient) return socket.terminate();
      socket.send(message, (failed) => {
        if (!failed) pass(takenMessage(message.length));
      });
    },
    passedOn: (message) => {
      if (typeof message === 'string') waitingForCore -= weight(message);
    },
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => socket.close(GOING_AWAY, 'The core was ended.'),
  };
}

function weight(message: string): number {
  return message.length + MESSAGE_COST;
}
