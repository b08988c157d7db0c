import { cardOf, survey } from '../core/datasets';
import { api } from './base';

export const datasets = api.datasets.router({
  list: api.datasets.list.handler(({ context }) => context.core.log.datasets()),
  show: api.datasets.show.handler(({ input, context }) => context.core.log.dataset(input.id)),
  make: api.datasets.make.handler(async ({ input, context }) => {
    const id = await context.core.log.makeDataset(input);
    context.core.episodes.changed();
    return { id };
  }),
  change: api.datasets.change.handler(async ({ input, context }) => {
    await context.core.log.changeDataset(input.id, input.change);
    context.core.episodes.changed();
    return {};
  }),
  remove: api.datasets.remove.handler(async ({ input, context }) => {
    await context.core.log.removeDataset(input.id);
    context.core.episodes.changed();
    return {};
  }),
  card: api.datasets.card.handler(({ input, context, signal }) =>
    context.inTurn('card', () => cardOf(context.core.log, input.id, input, { signal })),
  ),
  survey: api.datasets.survey.handler(({ input, context, signal }) =>
    survey(context.core.log, input, signal),
  ),
});
