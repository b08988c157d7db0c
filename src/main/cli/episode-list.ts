import type { Command } from 'commander';
import { EPISODE_SOURCES, EPISODE_STATES, OUTCOMES } from '../../shared/episode';
import {
  EPISODE_ORDERS,
  EpisodeFilter,
  type EpisodePage,
  EpisodeSorting,
  type ListedEpisode,
} from '../../shared/episode-list';
import { ForesightError } from '../../shared/errors';
import { FLAG_KINDS } from '../../shared/flags';
import { checked, collected, integer } from './options';
import { number, type Output } from './output';
import { withReader } from './with-core';

interface ListFlags {
  rig?: string;
  source?: string;
  state?: string[];
  outcome?: string;
  starred?: boolean;
  doubtful?: boolean;
  flag?: string[];
  tag?: string[];
  run?: number;
  since?: string;
  until?: string;
  search?: string;
  deleted: boolean;
  onlyDeleted: boolean;
  sort: string;
  descending: boolean;
  limit?: number;
  page?: number;
}

/** `episode list`: which episodes there are, filtered, searched and sorted by the log. */
export function episodeListCommand(episode: Command, output: () => Output): void {
  episode
    .command('list')
    .description('every episode, the newest last; or those that match, in another order, a page of them')
    .option('--rig <name>', 'only those of this rig')
    .option('--source <source>', EPISODE_SOURCES.join(', '))
    .option('--state <state>', `${EPISODE_STATES.join(', ')}; several times for several`, collected)
    .option('--outcome <outcome>', `${OUTCOMES.join(', ')}, or none where nobody has judged`)
    .option('--starred', 'only favourites')
    .option('--doubtful', 'only interrupted ones, and those in which the loop or a plan came late')
    .option(
      '--flag <kind>',
      `with a flag of this kind: ${FLAG_KINDS.join(', ')}; several times for any of several`,
      collected,
    )
    .option('--tag <tag>', 'only those with this tag; several times for all of several', collected)
    .option('--run <number>', 'only those of this run', integer(1))
    .option('--since <date>', 'began at this time or later, for example 2026-03-04 or 2026-03-04T17:05')
    .option('--until <date>', 'began before this time')
    .option(
      '--search <words>',
      'each word occurs in rig, source, state, tags, reason or notes, or is the number',
    )
    .option('--deleted', 'deleted ones as well', false)
    .option('--only-deleted', 'only deleted ones', false)
    .option('--sort <order>', EPISODE_ORDERS.join(', '), 'number')
    .option('--descending', 'the last first', false)
    .option('--limit <episodes>', 'so many, a page', integer(1))
    .option('--page <number>', 'which page, from 1; of 100 without --limit', integer(1))
    .action(async (flags: ListFlags) => {
      const out = output();
      const asked = { ...filterOf(flags), ...sortingOf(flags), ...pageOf(flags) };
      const page = await withReader(out.options, (log) => log.episodePage(asked));
      out.result(page, () => sayPage(out, page, asked));
    });
}

function sayPage(
  out: Output,
  { episodes, total, steps }: EpisodePage,
  { offset, order, descending, limit, deleted, ...filter }: ReturnType<typeof filterOf> & PageOf,
): void {
  if (total === 0) {
    const narrowed = Object.values(filter).some((value) => value !== undefined);
    out.line(narrowed ? 'No episode matches.' : 'No episode yet. Record some: foresight record.');
    return;
  }
  out.table(
    ['episode', 'rig', 'source', 'state', 'steps', 'return', 'missed', 'started', 'outcome', 'tags'],
    episodes.map(rowOf),
  );
  if (episodes.length === total) return;
  const shown = episodes.length === 0 ? 'None' : `${offset + 1} to ${offset + episodes.length}`;
  out.remark(`${shown} of ${total} episodes, which have ${steps} steps.`);
}

const rowOf = (e: ListedEpisode): string[] => [
  String(e.id),
  e.rig,
  e.source,
  e.deletedAt === null ? e.state : 'deleted',
  String(e.steps),
  number(e.return),
  String(e.missedPlans),
  new Date(e.startedAt).toISOString().slice(0, 19).replace('T', ' '),
  [e.starred ? '★' : '', e.outcome ?? ''].join(' ').trim(),
  e.tags.join(' '),
];

function filterOf(flags: ListFlags): EpisodeFilter {
  const { rig, source, state, outcome, starred, doubtful, flag, tag, run, since, until, search } = flags;
  const filter = {
    ...{ rig, source, states: state, outcome, starred, doubtful, flags: flag, tags: tag, run, text: search },
    ...{ from: since && timeOf(since), to: until && timeOf(until) },
    deleted: flags.onlyDeleted ? 'only' : flags.deleted ? 'too' : 'no',
  };
  return checked(EpisodeFilter, filter, 'episode list');
}

const sortingOf = ({ sort, descending }: ListFlags): EpisodeSorting =>
  checked(EpisodeSorting, { order: sort, descending }, 'episode list');

type PageOf = EpisodeSorting & { offset: number; limit?: number };

/** All of them unless a page is asked for. */
function pageOf({ limit, page }: ListFlags): Pick<PageOf, 'offset' | 'limit'> {
  if (limit === undefined && page === undefined) return { offset: 0 };
  const size = limit ?? 100;
  return { offset: ((page ?? 1) - 1) * size, limit: size };
}

/** Unix time in ms; of a date without a time its beginning here. @throws ForesightError wrong-use */
function timeOf(text: string): number {
  const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text).getTime();
  if (!Number.isNaN(time)) return time;
  throw new ForesightError(
    'wrong-use',
    `"${text}" is no date.`,
    'Write it as 2026-03-04 or 2026-03-04T17:05.',
  );
}
