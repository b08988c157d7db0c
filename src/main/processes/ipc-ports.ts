import { heard } from './heard';
import { Envelope } from './messages';
import type { Port } from './port';
import { PortEvents } from './port-events';
import type { MessagePortLike } from './relay';

/** The parent's half: `post` hands ports over, whatever they are connected to here. */
export class IpcParentPorts {
  private last = 0;
  private readonly open = new Map<number, Port>();

  /** @param send calls back once the envelope has left this process */
  constructor(private readonly send: (envelope: Envelope, onSent?: () => void) => void) {}

  post(message: unknown, ports: Port[] = []): void {
    const numbers = ports.map((port) => {
      this.last += 1;
      this.open.set(this.last, port);
      return this.last;
    });
    this.send({ to: 0, data: message, ports: numbers });
    for (const [index, port] of ports.entries()) this.pump(numbers[index], port);
  }

  /** What the child sent; calls back with messages that are for the parent itself. */
  receive(message: unknown, forParent: (message: unknown) => void): void {
    const envelope = heard(Envelope, message, 'the core');
    if (!envelope) return;
    const port = this.open.get(envelope.to);
    if (envelope.to === 0) forParent(envelope.data);
    else if (envelope.closed) {
      this.open.delete(envelope.to);
      port?.close();
    } else port?.post(envelope.data);
  }

  /** The child is gone: every port it held closes. */
  closeAll(): void {
    for (const port of this.open.values()) port.close();
    this.open.clear();
  }

  private pump(to: number, port: Port): void {
    port.onMessage((data) => {
      if (this.open.has(to)) this.send({ to, data }, () => port.passedOn?.(data));
    });
    port.onClose(() => {
      if (this.open.delete(to)) this.send({ to, closed: true });
    });
  }
}

/** The child's half: ports look like Electron's. */
export class IpcChildPorts {
  private readonly open = new Map<number, PortEvents>();

  constructor(private readonly send: (envelope: Envelope) => void) {}

  post(message: unknown): void {
    this.send({ to: 0, data: message });
  }

  receive(message: unknown, forChild: (message: unknown, ports: MessagePortLike[]) => void): void {
    const envelope = heard(Envelope, message, 'the supervisor');
    if (!envelope) return;
    if (envelope.to === 0) {
      forChild(
        envelope.data,
        (envelope.ports ?? []).map((number) => this.opened(number)),
      );
    } else if (envelope.closed) {
      this.open.get(envelope.to)?.close('Closed by the other side.');
      this.open.delete(envelope.to);
    } else this.open.get(envelope.to)?.message(envelope.data);
  }

  /** The parent is gone: every port closes. */
  closeAll(): void {
    for (const events of this.open.values()) events.close('The other side is gone.');
    this.open.clear();
  }

  private opened(to: number): MessagePortLike {
    const events = new PortEvents();
    this.open.set(to, events);
    return {
      on: (event: 'message' | 'close', listener: (event: { data: unknown }) => void) =>
        event === 'message'
          ? events.onMessage((data) => listener({ data }))
          : events.onClose(() => listener({ data: undefined })),
      postMessage: (data) => {
        if (this.open.has(to)) this.send({ to, data });
      },
      // Messages wait for the first listener by themselves.
      start: () => {},
      close: () => {
        if (!this.open.delete(to)) return;
        this.send({ to, closed: true });
        events.close('Closed by this side.');
      },
    };
  }
}
