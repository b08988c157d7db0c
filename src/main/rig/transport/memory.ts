import { goneError, type Transport } from './transport';
import { TransportEvents } from './transport-events';

/** Two ends of one line in memory: what one writes the other hears, a turn of the event loop later. */
export function memoryPair(description: string): [Transport, Transport] {
  const ends = [new TransportEvents(), new TransportEvents()] as const;
  const end = (own: TransportEvents, other: TransportEvents): Transport => ({
    description,
    write: (bytes) => {
      const copy = bytes.slice();
      setImmediate(() => other.receive(copy));
    },
    onData: (listener) => own.onData(listener),
    onClose: (listener) => own.onClose(listener),
    close: async () => {
      own.close(goneError(description, 'it was closed'));
      other.close(goneError(description, 'the other side closed it'));
    },
  });
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}
