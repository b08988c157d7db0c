import { z } from 'zod';
import { EPISODE_SOURCES, EPISODE_STATES, EpisodeSummary, OUTCOMES } from './episode';
import { FLAG_KINDS, FlagKind } from './flags';

const name = z.string().max(300);
const number = z.number().int();
const numbers = z.array(number).max(100_000);

/** Which episodes are meant: those for which all of it holds; whatever is left out holds for every one. */
export const EpisodeFilter = z.object({
  numbers: numbers.optional(),
  rig: name.optional(),
  source: z.enum(EPISODE_SOURCES).optional(),
  states: z.array(z.enum(EPISODE_STATES)).max(10).optional(),
  /** "none": nobody has judged it. */
  outcome: z.enum([...OUTCOMES, 'none']).optional(),
  starred: z.boolean().optional(),
  /** It has all of them. */
  tags: z.array(name).max(100).optional(),
  run: number.optional(),
  /** Began at this Unix time in ms or later. */
  from: z.number().optional(),
  /** Began before this Unix time in ms. */
  to: z.number().optional(),
  /** Something went wrong in it, `isDoubtful`, or not. */
  doubtful: z.boolean().optional(),
  /** It has a flag of one of these kinds, as far as it was looked at. */
  flags: z.array(FlagKind).max(FLAG_KINDS.length).optional(),
  /** Those that were deleted: not unless said, among the others, or only they. */
  deleted: z.enum(['no', 'too', 'only']).optional(),
  /**
   * Each of these words occurs in its rig, source, state, tags, reason or notes, whatever the case; a word of one or two letters
   * at the beginning of rig, source, state or a tag. A number is that of the episode as well.
   */
  text: name.optional(),
});
export type EpisodeFilter = z.infer<typeof EpisodeFilter>;

/** It ended without being closed, or the loop or a plan came late in it. */
export const isDoubtful = (episode: Pick<EpisodeSummary, 'state' | 'missedPlans' | 'overruns'>): boolean =>
  episode.state === 'interrupted' || episode.missedPlans > 0 || episode.overruns > 0;

/** States of an episode that one can learn from. */
export const USABLE_STATES = ['complete', 'interrupted'] as const satisfies EpisodeFilter['states'];

export const EPISODE_ORDERS = ['number', 'start', 'duration', 'steps', 'return'] as const;
export type EpisodeOrder = (typeof EPISODE_ORDERS)[number];

/** In which order; of equal ones by their numbers. A return that is not known is less than any other. */
export const EpisodeSorting = z.object({
  order: z.enum(EPISODE_ORDERS).default('number'),
  descending: z.boolean().default(true),
});
export type EpisodeSorting = z.infer<typeof EpisodeSorting>;

const offset = number.min(0).default(0);

/** A page of a list. */
export const EpisodeQuery = EpisodeFilter.extend({
  ...EpisodeSorting.shape,
  /** Episodes before the page. */
  offset,
  limit: number.min(1).max(500).default(100),
});
export type EpisodeQuery = z.infer<typeof EpisodeQuery>;

/** The numbers alone, of many. */
export const EpisodeRange = EpisodeQuery.extend({ limit: number.min(1).max(100_000) });

/** Where in a list an episode stands. */
export const EpisodePlace = EpisodeFilter.extend({ ...EpisodeSorting.shape, id: number });
export type EpisodePlace = z.infer<typeof EpisodePlace>;

/** An episode as lists show it: without its channels, of which a rig may have hundreds. */
export const ListedEpisode = EpisodeSummary.omit({ observations: true, actions: true });
export type ListedEpisode = z.infer<typeof ListedEpisode>;

export const EpisodePage = z.object({
  episodes: z.array(ListedEpisode),
  /** Of all that match. */
  total: number,
  steps: z.number(),
});
export type EpisodePage = z.infer<typeof EpisodePage>;

/** What episodes come to together. */
export const EpisodeTotals = z.object({
  episodes: number,
  steps: z.number(),
  missedPlans: z.number(),
  /** Episodes whose return is known; the least and the greatest of these, null where there is none. */
  returns: number,
  leastReturn: z.number().nullable(),
  greatestReturn: z.number().nullable(),
  /** Episodes that were judged as success or failure; how many of these as success. */
  judged: number,
  successes: number,
});
export type EpisodeTotals = z.infer<typeof EpisodeTotals>;

/** What there is in a workspace; all but `deleted` without what was deleted. */
export const EpisodeOverview = z.object({
  episodes: number,
  deleted: number,
  /** By rig, the one with the newest episode last. */
  rigs: z.array(
    z.object({
      name: z.string(),
      episodes: number,
      /** That one can learn from, and the transitions of these. */
      usable: number,
      steps: z.number(),
    }),
  ),
  /** In their alphabetical order; not all where there are very many. */
  tags: z.array(z.object({ tag: z.string(), episodes: number })),
});
export type EpisodeOverview = z.infer<typeof EpisodeOverview>;
export type RigTotals = EpisodeOverview['rigs'][number];

/** All that match a filter, without a few. One that is being recorded is never among them. */
export const MatchingEpisodes = z.object({ matching: EpisodeFilter, except: numbers.optional() });
export type MatchingEpisodes = z.infer<typeof MatchingEpisodes>;

/** Episodes that something is done with: named ones, or all that match. */
export const ChosenEpisodes = z
  .object({ ids: numbers.optional(), ...MatchingEpisodes.partial().shape })
  .refine(
    ({ ids, matching }) => (ids === undefined) !== (matching === undefined),
    'expected either ids or matching',
  );
export type ChosenEpisodes = z.infer<typeof ChosenEpisodes>;

/** An edit that was made. */
export const EditDone = z.object({
  /** Its entry of the undo journal; null where nothing was to be changed. */
  edit: number.nullable(),
  /** How many it changed. */
  episodes: number,
});
export type EditDone = z.infer<typeof EditDone>;
