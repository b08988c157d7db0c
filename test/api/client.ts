import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { serveContract } from '../../src/main/api';
import type { Core } from '../../src/main/core';
import type { Contract } from '../../src/shared/contract';

export type Client = ContractRouterClient<Contract>;

/** A client's end of a port that the core serves, as any program could hold it. */
export function attach(core: Core): MessagePort {
  const { port1, port2 } = new MessageChannel();
  serveContract(core, port1 as unknown as globalThis.MessagePort);
  port1.start();
  port2.start();
  return port2;
}

/** The contract over such a port, as the window has it. */
export function contractOver(port: MessagePort): Client {
  return createORPCClient(new RPCLink({ port: port as unknown as globalThis.MessagePort }));
}
