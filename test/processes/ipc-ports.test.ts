import { describe, expect, it } from 'vitest';
import { IpcChildPorts, IpcParentPorts } from '../../src/main/processes/ipc-ports';
import type { Envelope } from '../../src/main/processes/messages';
import type { Port } from '../../src/main/processes/port';
import { PortEvents } from '../../src/main/processes/port-events';
import type { MessagePortLike } from '../../src/main/processes/relay';

/** A client as the parent holds it: what the child posts lands in `got`; `say` speaks for the client. */
function client() {
  const events = new PortEvents();
  const got: unknown[] = [];
  const port: Port = {
    post: (message) => void got.push(message),
    onMessage: (listener) => events.onMessage(listener),
    onClose: (listener) => events.onClose(listener),
    close: () => events.close('closed by the parent'),
  };
  return {
    port,
    got,
    say: (message: unknown) => events.message(message),
    leave: () => events.close('left'),
    events,
  };
}

/** Parent and child joined by a channel that clones, as the real one does. */
function joined() {
  const toParent: unknown[] = [];
  const toChild: { message: unknown; ports: MessagePortLike[] }[] = [];
  const child: IpcChildPorts = new IpcChildPorts((envelope) =>
    parent.receive(structuredClone(envelope), (message) => toParent.push(message)),
  );
  const parent = new IpcParentPorts((envelope: Envelope) =>
    child.receive(structuredClone(envelope), (message, ports) => toChild.push({ message, ports })),
  );
  return { parent, child, toParent, toChild };
}

describe('ports over one IPC channel', () => {
  it('carry messages both ways, in order, apart from each other', () => {
    const { parent, child, toParent, toChild } = joined();
    const a = client();
    const b = client();
    a.say('before anybody listens');
    parent.post({ type: 'client' }, [a.port]);
    parent.post({ type: 'client' }, [b.port]);
    const heard: unknown[] = [];
    for (const { ports } of toChild) ports[0]?.on('message', ({ data }) => heard.push(data));
    a.say(1);
    b.say(2);
    toChild[0]?.ports[0]?.postMessage('for a');
    toChild[1]?.ports[0]?.postMessage('for b');
    child.post('for the parent');
    expect(heard).toEqual(['before anybody listens', 1, 2]);
    expect([a.got, b.got, toParent]).toEqual([['for a'], ['for b'], ['for the parent']]);
  });

  it('tell the child when a client leaves, and forget it', async () => {
    const { parent, toChild } = joined();
    const a = client();
    parent.post({ type: 'client' }, [a.port]);
    const port = toChild[0]?.ports[0] as MessagePortLike;
    const closed = new Promise<void>((resolve) => port.on('close', resolve));
    a.leave();
    await closed;
    port.postMessage('too late');
    expect(a.got).toEqual([]);
  });

  it('close the client when the child closes its port or dies', () => {
    const { parent, toChild } = joined();
    const a = client();
    const b = client();
    parent.post({ type: 'client' }, [a.port]);
    parent.post({ type: 'client' }, [b.port]);
    toChild[0]?.ports[0]?.close();
    expect([a.events.closed, b.events.closed]).toEqual([true, false]);
    parent.closeAll();
    expect(b.events.closed).toBe(true);
  });
});
