import { api } from './base';

export const exports_ = api.exports.router({
  plan: api.exports.plan.handler(({ input, context, signal }) => context.core.exports.plan(input, signal)),
  run: api.exports.run.handler(({ input, context, signal }) => context.core.exports.run(input, signal)),
});
