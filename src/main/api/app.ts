import { listEngines, usedEngine } from '../tensor';
import { api } from './base';

export const app = api.app.router({
  info: api.app.info.handler(async ({ context }) => {
    const engines = await listEngines(context.core.options.host);
    return {
      version: context.core.options.version,
      workspace: context.core.options.folder,
      engine: usedEngine(engines),
      engines,
      host: context.core.options.hostKind,
    };
  }),
  beats: api.app.beats.handler(({ context, signal }) => context.client.beats(signal)),
  here: api.app.here.handler(({ input, context }) => {
    context.client.here(input.beat);
    return {};
  }),
  notices: api.app.notices.handler(({ context, signal }) => context.core.notices.stream(signal)),
});
