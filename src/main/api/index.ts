import type { SupportedMessagePort } from '@orpc/client/message-port';
import { RPCHandler } from '@orpc/server/message-port';
import type { Core } from '../core';
import { app } from './app';
import { api } from './base';
import { record, run, task } from './doing';
import { episodes } from './episodes';
import { models } from './models';
import { rig } from './rig';

const router = api.router({ app, rig, record, episodes, models, task, run });

/** Serves the contract on a port until it closes. */
export function serveContract(core: Core, port: SupportedMessagePort): void {
  new RPCHandler(router).upgrade(port, { context: { core } });
}
