import type { Database } from 'better-sqlite3';
import type {
  EpisodeFilter,
  EpisodeOrder,
  EpisodeOverview,
  EpisodePage,
  EpisodePlace,
  EpisodeTotals,
} from '../../shared/episode-list';
import type { EpisodeTable } from './episode-table';
import { type Where, whereOf } from './list-where';
import type { PageAsked } from './types';

/** As the indices of the log have them (list-schema.ts). */
const KEYS: Record<EpisodeOrder, string> = {
  number: 'e.id',
  start: 'e.started_at',
  duration: 'e.duration_seconds',
  steps: 'max(0, e.rows - 1)',
  return: 'e.return',
};
/** The words of those indices, to the letter: else SQLite does not use them. */
const SETTLED = "e.state NOT IN ('recording', 'importing')";
const OPEN = "e.state = 'recording'";
const THERE = `${SETTLED} AND e.deleted_at IS NULL`;
const GONE = `${SETTLED} AND e.deleted_at IS NOT NULL`;
/** With its limit SQLite looks for the few that are being recorded first, and not for the very many that have a word. */
const from = (part: string) =>
  part === OPEN ? "(SELECT * FROM episodes WHERE state = 'recording' LIMIT -1) e" : 'episodes e';
const USABLE = "e.state IN ('complete', 'interrupted')";
const STEPS = 'max(0, e.rows - 1)';

/** So many tags are offered; whoever has more finds them by typing. */
const MOST_TAGS = 1000;

/** Lists of a log's episodes, filtered, searched, sorted and counted by SQLite. */
export class EpisodeList {
  constructor(
    private readonly database: Database,
    private readonly episodes: EpisodeTable,
  ) {}

  page(asked: PageAsked): EpisodePage {
    return this.database.transaction(() => {
      const { episodes, steps } = this.#counted(whereOf(this.database, asked));
      return { episodes: this.episodes.listed(this.numbers(asked)), total: episodes, steps };
    })();
  }

  /** In their order. */
  numbers(asked: PageAsked): number[] {
    const { order = 'number', descending = true, offset = 0, limit = -1 } = asked;
    const way = descending ? 'DESC' : 'ASC';
    const condition = whereOf(this.database, asked);
    // Lists in the same order, each from an index of its own, are merged as far as the page reaches.
    const kinds = asked.deleted === 'too' ? [THERE, GONE, OPEN] : [SETTLED, OPEN];
    const lists = kinds.map(
      (kind) =>
        `SELECT e.id AS id, ${KEYS[order]} AS k FROM ${from(kind)} WHERE ${kind} AND ${condition.sql}`,
    );
    return this.database
      .prepare<(string | number)[], number>(
        `${lists.join(' UNION ALL ')} ORDER BY k ${way}, id ${way} LIMIT ? OFFSET ?`,
      )
      .pluck()
      .all(...kinds.flatMap(() => condition.values), limit, offset);
  }

  /** How many come before an episode; null where it is not among them. */
  place({ id, order = 'number', descending = true, ...filter }: EpisodePlace): number | null {
    const condition = whereOf(this.database, filter);
    const own = this.database
      .prepare<(string | number)[], { k: number | null }>(
        `SELECT ${KEYS[order]} AS k FROM episodes e WHERE e.id = ? AND e.state <> 'importing' AND ${condition.sql}`,
      )
      .get(id, ...condition.values);
    if (own === undefined) return null;
    const before = beforeOf(KEYS[order], descending, own.k, id);
    return this.#counted({
      sql: `${condition.sql} AND ${before.sql}`,
      values: [...condition.values, ...before.values],
    }).episodes;
  }

  totals(filter: EpisodeFilter): EpisodeTotals {
    const { sql, values } = whereOf(this.database, filter);
    const found = this.database
      .prepare<(string | number)[], EpisodeTotals>(
        `SELECT count(*) AS episodes, total(${STEPS}) AS steps, total(e.missed_plans) AS missedPlans,
           count(e.return) AS returns, min(e.return) AS leastReturn, max(e.return) AS greatestReturn,
           count(CASE WHEN e.outcome IN ('success', 'failure') THEN 1 END) AS judged,
           count(CASE WHEN e.outcome = 'success' THEN 1 END) AS successes
         FROM episodes e WHERE e.state <> 'importing' AND ${sql}`,
      )
      .get(...values);
    if (found === undefined) throw new RangeError('a count of nothing is a count');
    return found;
  }

  overview(): EpisodeOverview {
    return this.database.transaction(() => {
      const { episodes } = this.#counted({ sql: 'e.deleted_at IS NULL', values: [] });
      const tags = this.database
        .prepare<[number], { tag: string; episodes: number }>(
          `SELECT tag, count(*) AS episodes FROM search_tags t JOIN episodes e ON e.id = t.episode
           WHERE e.deleted_at IS NULL AND e.state <> 'importing' GROUP BY tag ORDER BY tag LIMIT ?`,
        )
        .all(MOST_TAGS);
      const deleted = this.#counted({ sql: 'e.deleted_at IS NOT NULL', values: [] }).episodes;
      return { episodes, deleted, rigs: this.#rigs(), tags };
    })();
  }

  #rigs(): EpisodeOverview['rigs'] {
    const part = (state: string) =>
      `SELECT e.rig AS rig, count(*) AS episodes, total(${USABLE}) AS usable,
         total(CASE WHEN ${USABLE} THEN ${STEPS} ELSE 0 END) AS steps, max(e.id) AS newest
       FROM episodes e WHERE ${state} AND e.deleted_at IS NULL GROUP BY e.rig`;
    return this.database
      .prepare<[], EpisodeOverview['rigs'][number]>(
        `SELECT r.name AS name, sum(episodes) AS episodes, sum(usable) AS usable, sum(steps) AS steps
         FROM (${part(SETTLED)} UNION ALL ${part(OPEN)}) JOIN rigs r ON r.id = rig
         GROUP BY r.name ORDER BY max(newest)`,
      )
      .all();
  }

  #counted({ sql, values }: Where): { episodes: number; steps: number } {
    const part = (state: string) =>
      `SELECT count(*) AS episodes, total(${STEPS}) AS steps FROM ${from(state)} WHERE ${state} AND ${sql}`;
    const found = this.database
      .prepare<(string | number)[], { episodes: number; steps: number }>(
        `SELECT sum(episodes) AS episodes, sum(steps) AS steps FROM (${part(SETTLED)} UNION ALL ${part(OPEN)})`,
      )
      .get(...values, ...values);
    if (found === undefined) throw new RangeError('a count of nothing is a count');
    return found;
  }
}

/** What comes before an episode with this key; a key that is not known is less than any other. */
function beforeOf(key: string, descending: boolean, own: number | null, id: number): Where {
  if (own === null) {
    const sql = descending ? `(${key} IS NOT NULL OR e.id > ?)` : `(${key} IS NULL AND e.id < ?)`;
    return { sql, values: [id] };
  }
  const further = descending ? '>' : '<';
  const unknown = descending ? '' : `${key} IS NULL OR `;
  return {
    sql: `(${unknown}${key} ${further} ? OR (${key} = ? AND e.id ${further} ?))`,
    values: [own, own, id],
  };
}
