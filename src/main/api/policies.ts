import { api } from './base';

const done = {};

export const policies = api.policies.router({
  list: api.policies.list.handler(({ context }) => context.core.policies.list()),
  show: api.policies.show.handler(({ input, context }) => context.core.policies.show(input.policy)),
  train: api.policies.train.handler(async ({ input, context }) => {
    const { job } = await context.core.policies.trainings.train(input);
    return { job };
  }),
  checkpoints: api.policies.checkpoints.handler(({ context }) =>
    context.core.policies.trainings.checkpoints(),
  ),
  resume: api.policies.resume.handler(async ({ input, context }) => {
    const { job } = await context.core.policies.trainings.resume(input.checkpoint);
    return { job };
  }),
  evaluate: api.policies.evaluate.handler(({ input, context }) => context.core.policies.evaluate(input)),
  export: api.policies.export.handler(({ input, context }) => context.core.policies.export(input.policy)),
  rename: api.policies.rename.handler(async ({ input, context }) => {
    await context.core.policies.rename(input.policy, input.name);
    return done;
  }),
  remove: api.policies.remove.handler(async ({ input, context }) => {
    await context.core.policies.remove(input.policy);
    return done;
  }),
  restore: api.policies.restore.handler(async ({ input, context }) => {
    await context.core.policies.restore(input.hash);
    return done;
  }),
});
