import type { Database } from 'better-sqlite3';
import { EPISODE_SOURCES, EPISODE_STATES } from '../../shared/episode';
import type { EpisodeFilter } from '../../shared/episode-list';
import type { FlagKind } from '../../shared/flags';
import { IS_FLAGGED } from './quality/flag-table';
import { usualLengths } from './quality/length';

/** A condition on `episodes e`, and what stands for its question marks. */
export interface Where {
  sql: string;
  values: (string | number)[];
}

const where = (sql: string, ...values: (string | number)[]): Where => ({ sql, values });
const amongJson = (column: string, list: readonly (string | number)[]): Where =>
  where(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(list));

function joined(conditions: readonly Where[], by: 'AND' | 'OR'): Where {
  return where(
    `(${conditions.map(({ sql }) => sql).join(` ${by} `)})`,
    ...conditions.flatMap(({ values }) => values),
  );
}

const DOUBTFUL = "(e.state = 'interrupted' OR e.missed_plans > 0 OR e.overruns > 0)";
const DELETED = { no: 'e.deleted_at IS NULL', too: 'TRUE', only: 'e.deleted_at IS NOT NULL' } as const;

/** What a filter asks for, as SQL that the log's indices serve. */
export function whereOf(database: Database, filter: EpisodeFilter): Where {
  const { numbers, rig, source, states, outcome, starred, tags, run, from, to, doubtful, flags, text } =
    filter;
  const all: (Where | false)[] = [
    where(DELETED[filter.deleted ?? 'no']),
    numbers !== undefined && amongJson('e.id', numbers),
    rig !== undefined && where('e.rig IN (SELECT id FROM rigs WHERE name = ?)', rig),
    source !== undefined && where('e.source = ?', source),
    states !== undefined && amongJson('e.state', states),
    outcome === 'none' && where('e.outcome IS NULL'),
    outcome !== undefined && outcome !== 'none' && where('e.outcome = ?', outcome),
    starred !== undefined && where(starred ? 'e.starred = 1' : 'e.starred <> 1'),
    ...(tags ?? []).map((tag) => where('e.id IN (SELECT episode FROM search_tags WHERE tag = ?)', tag)),
    run !== undefined && where('e.run = ?', run),
    from !== undefined && where('e.started_at >= ?', from),
    to !== undefined && where('e.started_at < ?', to),
    doubtful !== undefined && where(doubtful ? DOUBTFUL : `NOT ${DOUBTFUL}`),
    flags !== undefined && whereFlagged(database, flags),
    ...wordsIn(text ?? '').map((word) => whereWord(database, word)),
  ];
  return joined(
    all.filter((condition) => condition !== false),
    'AND',
  );
}

function whereFlagged(database: Database, kinds: readonly FlagKind[]): Where {
  const conditions = [where(IS_FLAGGED, JSON.stringify(kinds))];
  if (kinds.includes('length')) {
    const rig = 'e.rig IN (SELECT id FROM rigs WHERE name = ?)';
    const unusual = `${rig} AND (max(0, e.rows - 1) <= ? OR max(0, e.rows - 1) >= ?)`;
    for (const { rig: name, usual } of usualLengths(database)) {
      conditions.push(where(`(${unusual})`, name, usual.least, usual.most));
    }
  }
  return joined(conditions, 'OR');
}

function wordsIn(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s\0]+/)
    .filter(Boolean);
}

function whereWord(database: Database, word: string): Where {
  // The index is one of three letters in a row.
  const found = [...word].length < 3 ? whereBegins(database, word) : whereOccurs(word);
  const number = /^#?(\d{1,15})$/.exec(word)?.[1];
  return number === undefined ? found : joined([where('e.id = ?', Number(number)), found], 'OR');
}

function whereOccurs(word: string): Where {
  const phrase = `"${word.replaceAll('"', '""')}"`;
  return where('e.id IN (SELECT rowid FROM search_words WHERE search_words MATCH ?)', phrase);
}

/** Of rigs, sources, states and tags there are few, so these are looked through. */
function whereBegins(database: Database, word: string): Where {
  const begins = (name: string) => name.toLowerCase().startsWith(word);
  const rigs = database.prepare<[], { id: number; name: string }>('SELECT id, name FROM rigs').all();
  const tags = database.prepare<[], string>('SELECT DISTINCT tag FROM search_tags').pluck().all();
  return joined(
    [
      amongJson(
        'e.rig',
        rigs.filter(({ name }) => begins(name)).map(({ id }) => id),
      ),
      amongJson('e.source', EPISODE_SOURCES.filter(begins)),
      amongJson('e.state', EPISODE_STATES.filter(begins)),
      where(
        'e.id IN (SELECT episode FROM search_tags WHERE tag IN (SELECT value FROM json_each(?)))',
        JSON.stringify(tags.filter(begins)),
      ),
    ],
    'OR',
  );
}
