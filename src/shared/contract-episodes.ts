import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { base, ids, nothing, tags } from './contract-base';
import { EpisodeOrigin, EpisodeSummary, Outcome } from './episode';
import { EpisodeCamera, SeenPicture } from './episode-camera';
import {
  ChosenEpisodes,
  EditDone,
  EpisodeFilter,
  EpisodeOverview,
  EpisodePage,
  EpisodePlace,
  EpisodeQuery,
  EpisodeRange,
  EpisodeTotals,
} from './episode-list';
import { EpisodeRows } from './episode-rows';
import { EpisodeWindow } from './episode-window';
import { EpisodeFlag } from './flags';
import { Leaving, RetentionRule, WorkspaceSize } from './workspace';

/** Lists of episodes, what is in one, and what is done with them. */
export const episodes = {
  /** What the workspace takes on its disk. */
  size: base.output(WorkspaceSize),
  /** Which episodes the workspace's rule lets go; whoever wants it deletes them. */
  leaving: base.output(Leaving),
  /** Sets the rule. */
  keep: base.input(RetentionRule).output(Leaving),
  /** A page of the episodes that match, and how many these are: the newest first unless another order is asked for. */
  list: base.input(EpisodeQuery).output(EpisodePage),
  /** The numbers alone of a part of such a list. */
  numbers: base.input(EpisodeRange).output(z.array(z.number().int())),
  /** How many of such a list come before an episode; null where it is not in it. */
  place: base.input(EpisodePlace).output(z.object({ place: z.number().int().nullable() })),
  /** What those that match come to together. */
  totals: base.input(EpisodeFilter).output(EpisodeTotals),
  /** How many episodes there are, of which rigs, with which tags. */
  overview: base.output(EpisodeOverview),
  /** One episode with its channels. */
  show: base.input(z.object({ id: z.number().int() })).output(EpisodeSummary),
  /**
   * What plots of the episode show from second `from` to second `to`, all of it unless said, in about as many buckets as they
   * are pixels wide: as quick for a day as for a minute. A long episode that was never looked at is gone through first.
   */
  view: base
    .input(
      z.object({
        id: z.number().int(),
        from: z.number().optional(),
        to: z.number().optional(),
        points: z.number().int().min(1).max(4000).default(1000),
      }),
    )
    .output(EpisodeWindow),
  /** Goes through a long episode that was never looked at, and says how far it is; done at once with any other. */
  prepare: base
    .input(z.object({ id: z.number().int() }))
    .output(eventIterator(z.object({ done: z.number().int(), total: z.number().int() }))),
  /** Rows `from` to `to` (exclusive), and no more than there are. */
  rows: base
    .input(z.object({ id: z.number().int(), from: z.number().int().min(0), to: z.number().int().min(0) }))
    .output(EpisodeRows),
  /** What was recorded of each camera, in the order of the rig. */
  cameras: base.input(z.object({ id: z.number().int() })).output(z.array(EpisodeCamera)),
  /**
   * What a camera (its place among the episode's) showed at second `second`: the newest picture that was captured no later,
   * also of the episode that is being recorded. Null where there was none yet.
   */
  picture: base
    .input(z.object({ id: z.number().int(), camera: z.number().int().min(0), second: z.number() }))
    .output(SeenPicture.nullable()),
  /**
   * What is done with many is one edit, made at once or not at all, whether they are named or all that match. While something is
   * recorded so many as would hold it up are refused.
   */
  remove: base.input(ChosenEpisodes).output(EditDone),
  /** Brings back deleted ones, whatever was changed since. */
  restore: base.input(ChosenEpisodes).output(EditDone),
  /** What may be wrong with it, found now where nobody has looked; null while it is being recorded. */
  flags: base.input(z.object({ id: z.number().int() })).output(z.array(EpisodeFlag).nullable()),
  /** Rig, software, task, run, model and policy of an episode. */
  origin: base.input(z.object({ id: z.number().int() })).output(EpisodeOrigin),
  /** A person's note at second `at` of an episode, its end unless said, also of the one that is being recorded. */
  note: base
    .input(
      z.object({
        id: z.number().int(),
        text: z.string().min(1).max(10_000),
        at: z.number().min(0).optional(),
      }),
    )
    .output(nothing),
  /** These and no other tags. */
  tag: base.input(ChosenEpisodes.safeExtend({ tags })).output(EditDone),
  /** Some more tags, and some less. */
  retag: base.input(ChosenEpisodes.safeExtend({ add: tags, remove: tags })).output(EditDone),
  star: base.input(ChosenEpisodes.safeExtend({ starred: z.boolean() })).output(EditDone),
  /** A person's judgement; null takes it back. */
  judge: base.input(ChosenEpisodes.safeExtend({ outcome: Outcome.nullable() })).output(EditDone),
  /**
   * Takes one edit back, whatever was changed after it: what is not any more as it left it stays. As a sentence; null when
   * nothing of it was left.
   */
  takeBack: base
    .input(z.object({ edit: z.number().int() }))
    .output(z.object({ done: z.string().nullable() })),
  /**
   * Keeps rows `from` to `to` (exclusive). Like `split` and `merge` it makes new episodes that show rows where they lie, with
   * tags, star and notes, and deletes those they were made of softly; `undo` exchanges them again.
   */
  trim: base
    .input(z.object({ id: z.number().int(), from: z.number().int().min(0), to: z.number().int().min(0) }))
    .output(z.object({ id: z.number().int() })),
  /** The row ends the first of the two and begins the second. */
  split: base
    .input(z.object({ id: z.number().int(), row: z.number().int().min(0) }))
    .output(z.object({ ids: z.array(z.number().int()) })),
  /** Of one rig as it was, in the order in which they began. Between two that were recorded apart is an event "seam". */
  merge: base.input(z.object({ ids })).output(z.object({ id: z.number().int() })),
  /** What was undone, as a sentence; null when there was nothing. */
  undo: base.output(z.object({ done: z.string().nullable() })),
  redo: base.output(z.object({ done: z.string().nullable() })),
  /** Fires when the list has changed. */
  changes: base.output(eventIterator(z.object({ revision: z.number() }))),
};
