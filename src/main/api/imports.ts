import { api } from './base';

const done = {};

export const imports = api.imports.router({
  begin: api.imports.begin.handler(async ({ input, context }) => ({
    upload: await context.core.imports.begin(input, context.client),
  })),
  piece: api.imports.piece.handler(async ({ input, context }) => {
    const { upload, at, data } = input;
    await context.core.imports.piece(upload, at, Buffer.from(data, 'base64'), context.client);
    return done;
  }),
  recognise: api.imports.recognise.handler(async ({ input, context }) => ({
    dataset: await context.core.imports.isDataset(input.upload, context.client),
  })),
  look: api.imports.look.handler(({ input, context }) =>
    context.core.imports.look(input.upload, context.client),
  ),
  take: api.imports.take.handler(({ input, context }) => context.core.imports.take(input, context.client)),
  head: api.imports.head.handler(({ input, context }) =>
    context.core.imports.head(input.upload, context.client),
  ),
  run: api.imports.run.handler(({ input, context }) => context.core.imports.run(input, context.client)),
  progress: api.imports.progress.handler(({ input, context, signal }) =>
    context.core.imports.progress(input.upload, context.client, signal),
  ),
  drop: api.imports.drop.handler(async ({ input, context }) => {
    await context.core.imports.drop(input.upload, context.client);
    return done;
  }),
});
