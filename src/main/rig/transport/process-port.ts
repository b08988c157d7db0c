import type { Port } from '../../processes/port';
import { goneError, type Transport } from './transport';
import { TransportEvents } from './transport-events';

/** How bytes travel on the message port of a firmware process. */
export interface BytesMessage {
  type: 'bytes';
  bytes: Uint8Array;
}

export function isBytesMessage(message: unknown): message is BytesMessage {
  const said = message as Partial<BytesMessage> | null;
  return said?.type === 'bytes' && said.bytes instanceof Uint8Array;
}

/** Bytes over a process's message port; closing it ends the process behind it. */
export function portTransport(port: Port, description: string): Transport {
  const events = new TransportEvents();
  port.onMessage((message) => {
    if (isBytesMessage(message)) events.receive(message.bytes);
  });
  port.onClose((reason) => events.close(goneError(description, reason)));
  return {
    description,
    write: (bytes) => port.post({ type: 'bytes', bytes } satisfies BytesMessage),
    onData: (listener) => events.onData(listener),
    onClose: (listener) => events.onClose(listener),
    close: async () => {
      events.close(goneError(description, 'it was closed'));
      port.close();
    },
  };
}
