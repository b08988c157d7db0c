import { api } from './base';

const done = {};

export const models = api.models.router({
  list: api.models.list.handler(({ context }) => context.core.models.list()),
  train: api.models.train.handler(async ({ input, context }) => {
    const { job } = await context.core.models.trainings.train(input);
    return { job };
  }),
  checkpoints: api.models.checkpoints.handler(({ context }) => context.core.models.trainings.checkpoints()),
  resume: api.models.resume.handler(async ({ input, context }) => {
    const { job } = await context.core.models.trainings.resume(input.checkpoint);
    return { job };
  }),
  evaluate: api.models.evaluate.handler(({ input, context }) => context.core.models.evaluate(input)),
  jobs: api.models.jobs.handler(({ context }) => context.core.models.jobs()),
  progress: api.models.progress.handler(({ context, signal }) => context.core.models.progress(signal)),
  cancel: api.models.cancel.handler(({ input, context }) => {
    context.core.models.cancel(input.job);
    return done;
  }),
  rename: api.models.rename.handler(async ({ input, context }) => {
    await context.core.models.rename(input.model, input.name);
    return done;
  }),
  strip: api.models.strip.handler(({ input, context }) =>
    context.inTurn('strip', () => context.core.sights.strip(input.model, input.episode, input.row)),
  ),
  foreseen: api.models.foreseen.handler(({ input, context }) =>
    context.inTurn('strip', () => context.core.sights.foreseen(input.model, input.episode)),
  ),
  map: api.models.map.handler(({ input, context, signal }) => context.core.sights.map(input.model, signal)),
  export: api.models.export.handler(({ input, context }) => context.core.models.export(input.model)),
});
