import {
  onMessagePortClose,
  onMessagePortMessage,
  postMessagePortMessage,
  type SupportedMessagePort,
} from '@orpc/client/message-port';
import { RPCHandler } from '@orpc/server/websocket';
import { ForesightError } from '../../shared/errors';
import type { Core } from '../core';
import { Client } from '../core/clients';
import { app } from './app';
import { api, type CallContext } from './base';
import { datasets } from './datasets';
import { record, run, task } from './doing';
import { episodes } from './episodes';
import { exports_ } from './exports';
import { imports } from './imports';
import { models } from './models';
import { Outlet } from './outlet';
import { policies } from './policies';
import { failedAnswer, isCall, parseRequest } from './request';
import { rig } from './rig';
import { Turns } from './turns';

/** Calls of one client that may be under way, its streams included; a window has four of these and some questions. */
const MOST_CALLS = 100;
/** Messages of one client that are dropped before it is cut off. */
const MOST_NONSENSE = 100;

const router = api.router({
  app,
  rig,
  record,
  episodes,
  datasets,
  exports: exports_,
  imports,
  models,
  policies,
  task,
  run,
});
const handler = new RPCHandler(router);

/**
 * Serves the contract on a port until it closes. Whatever comes on it is parsed first, and nothing that comes, goes
 * wrong, or is not read at the other end reaches further than this one client.
 */
export function serveContract(core: Core, port: SupportedMessagePort & { close?(): void }): void {
  const client = new Client();
  let calls = 0;
  let nonsense = 0;
  const turns = new Turns();
  const outlet = new Outlet((message) => postMessagePortMessage(port, message));
  // oRPC's own adapter for message ports posts without waiting; the one for sockets waits for what `send` returns.
  const socket = { addEventListener: () => {}, send: (message: string) => outlet.send(message) };

  const leave = () => {
    client.leave();
    handler.close(socket);
    outlet.close();
    turns.close();
  };
  const cutOff = () => {
    port.close?.();
    leave();
  };

  const drop = (why: string) => {
    nonsense += 1;
    if (nonsense === 1) console.error(`A message of a client was dropped: ${why}.`);
    if (nonsense === MOST_NONSENSE) cutOff();
  };

  const take = async (message: unknown): Promise<void> => {
    if (typeof message === 'string' && outlet.hears(message)) return;
    const request = parseRequest(message);
    if (typeof request === 'string') return drop(request);
    if (isCall(request) && calls >= MOST_CALLS) {
      // Refusals would wait without end for a client that reads none of them.
      if (outlet.full) return cutOff();
      return outlet.send(failedAnswer(request.i, tooMany()));
    }
    calls += 1;
    let left = () => {};
    const sent = new Promise<void>((resolve) => {
      left = resolve;
    });
    const context: CallContext = {
      ...{ core, client },
      inTurn: (name, work) => turns.take(name, work, sent),
    };
    try {
      await handler.message(socket, message as string, { context });
    } catch (thrown) {
      // A stream that broke off at our end; its client has been told by oRPC.
      console.error(thrown);
    } finally {
      calls -= 1;
      left();
    }
  };

  onMessagePortMessage(port, (message: unknown) => void take(message));
  onMessagePortClose(port, leave);
}

function tooMany(): ForesightError {
  return new ForesightError(
    'busy',
    `More than ${MOST_CALLS} calls of this client are under way.`,
    'Wait for answers before asking again.',
  );
}
