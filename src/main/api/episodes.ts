import type { ChosenEpisodes } from '../../shared/episode-list';
import { pictureKind } from '../camera/picture-file';
import { api } from './base';

const done = {};

const chosen = ({ ids = [], matching, except }: ChosenEpisodes) =>
  matching === undefined ? ids : { matching, except };

export const episodes = api.episodes.router({
  leaving: api.episodes.leaving.handler(({ context }) => context.core.keeping.leaving()),
  keep: api.episodes.keep.handler(({ input, context }) => context.core.keeping.keep(input)),
  size: api.episodes.size.handler(({ context }) => context.core.log.size()),
  list: api.episodes.list.handler(({ input, context }) => context.core.log.episodePage(input)),
  numbers: api.episodes.numbers.handler(({ input, context }) => context.core.log.episodeNumbers(input)),
  place: api.episodes.place.handler(async ({ input, context }) => ({
    place: await context.core.log.episodePlace(input),
  })),
  totals: api.episodes.totals.handler(({ input, context }) => context.core.log.episodeTotals(input)),
  overview: api.episodes.overview.handler(({ context }) => context.core.log.episodeOverview()),
  show: api.episodes.show.handler(({ input, context }) => context.core.log.episode(input.id)),
  view: api.episodes.view.handler(({ input, context }) =>
    context.inTurn('view', () => context.core.episodes.view(input.id, input)),
  ),
  prepare: api.episodes.prepare.handler(({ input, context }) => context.core.episodes.prepare(input.id)),
  rows: api.episodes.rows.handler(({ input, context }) =>
    context.inTurn('rows', () => context.core.episodes.rows(input.id, input)),
  ),
  cameras: api.episodes.cameras.handler(({ input, context }) => context.core.log.cameras(input.id)),
  picture: api.episodes.picture.handler(({ input, context }) =>
    context.inTurn('picture', async () => {
      const frame = await context.core.log.frameAt(input.id, input.camera, input.second);
      if (frame === null) return null;
      const { sequence, hostSeconds, alike, data } = frame;
      const file = Buffer.from(data).toString('base64');
      return { sequence, hostSeconds, alike, kind: pictureKind(data), file };
    }),
  ),
  remove: api.episodes.remove.handler(({ input, context }) => context.core.episodes.remove(chosen(input))),
  restore: api.episodes.restore.handler(({ input, context }) => context.core.episodes.restore(chosen(input))),
  flags: api.episodes.flags.handler(({ input, context }) => context.core.log.flags(input.id)),
  origin: api.episodes.origin.handler(({ input, context }) => context.core.log.origin(input.id)),
  note: api.episodes.note.handler(async ({ input, context }) => {
    await context.core.episodes.note(input.id, input.text, input.at);
    return done;
  }),
  tag: api.episodes.tag.handler(({ input, context }) => context.core.episodes.tag(chosen(input), input.tags)),
  retag: api.episodes.retag.handler(({ input, context }) =>
    context.core.episodes.retag(chosen(input), input.add, input.remove),
  ),
  star: api.episodes.star.handler(({ input, context }) =>
    context.core.episodes.star(chosen(input), input.starred),
  ),
  judge: api.episodes.judge.handler(({ input, context }) =>
    context.core.episodes.judge(chosen(input), input.outcome),
  ),
  takeBack: api.episodes.takeBack.handler(async ({ input, context }) => ({
    done: await context.core.episodes.takeBack(input.edit),
  })),
  trim: api.episodes.trim.handler(async ({ input, context }) => ({
    id: await context.core.episodes.trim(input.id, input.from, input.to),
  })),
  split: api.episodes.split.handler(async ({ input, context }) => ({
    ids: await context.core.episodes.split(input.id, input.row),
  })),
  merge: api.episodes.merge.handler(async ({ input, context }) => ({
    id: await context.core.episodes.merge(input.ids),
  })),
  undo: api.episodes.undo.handler(async ({ context }) => ({ done: await context.core.episodes.undo() })),
  redo: api.episodes.redo.handler(async ({ context }) => ({ done: await context.core.episodes.redo() })),
  changes: api.episodes.changes.handler(({ context, signal }) => context.core.episodes.changes(signal)),
});
