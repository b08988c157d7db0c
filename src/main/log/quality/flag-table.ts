import type { Database } from 'better-sqlite3';
import type { EpisodeFlag } from '../../../shared/flags';
import { FLAG_RULES } from './types';

/**
 * A channel that never changes is told where it does in another episode of the rig, as the rig was: one that never does anywhere is a
 * goal, or a part that cannot move. `f` is a row of `flags`.
 */
const TOLD = `(f.kind <> 'constant' OR EXISTS (
  SELECT 1 FROM episodes e JOIN episodes o ON o.rig = e.rig AND o.id <> e.id JOIN looks l ON l.episode = o.id
  WHERE e.id = f.episode AND o.deleted_at IS NULL AND o.rows > 25 AND l.rules = ${FLAG_RULES}
    AND NOT EXISTS (SELECT 1 FROM flags g WHERE g.episode = o.id AND g.kind = 'constant' AND g.channel = f.channel)))`;

/** Whether an episode, the row `e`, has one of the stored kinds in the JSON list that is the next parameter. */
export const IS_FLAGGED = `EXISTS (SELECT 1 FROM flags f
  WHERE f.episode = e.id AND f.kind IN (SELECT value FROM json_each(?)) AND ${TOLD})`;

/** Episodes whose numbers are looked through at once for those that are due. */
const STRIDE = 2000;

/** What was found by the rules of this version: the tables `looks` and `flags`. */
export class FlagTable {
  constructor(private readonly database: Database) {}

  /** Undefined where the episode was not looked at by these rules. */
  of(episode: number): EpisodeFlag[] | undefined {
    if (!this.isLooked(episode)) return undefined;
    return this.database
      .prepare<[number], EpisodeFlag>(
        `SELECT kind, channel, first_step AS "from", last_step AS "to", amount, message
         FROM flags f WHERE episode = ? AND ${TOLD} ORDER BY id`,
      )
      .all(episode);
  }

  /** Of what was found and is not kept, what is told. */
  told(episode: number, flags: readonly EpisodeFlag[]): EpisodeFlag[] {
    const told = this.database.prepare<[number, string, string | null], number>(
      `WITH f (episode, kind, channel) AS (VALUES (?, ?, ?)) SELECT 1 FROM f WHERE ${TOLD}`,
    );
    return flags.filter(({ kind, channel }) => told.get(episode, kind, channel) !== undefined);
  }

  isLooked(episode: number): boolean {
    const found = this.database.prepare('SELECT 1 FROM looks WHERE episode = ? AND rules = ?');
    return found.get(episode, FLAG_RULES) !== undefined;
  }

  /** In the place of what was found before. */
  keep(episode: number, flags: readonly EpisodeFlag[]): void {
    const insert = this.database.prepare(
      `INSERT INTO flags (episode, kind, channel, first_step, last_step, amount, message)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.database.transaction(() => {
      this.database.prepare('DELETE FROM flags WHERE episode = ?').run(episode);
      for (const { kind, channel, from, to, amount, message } of flags) {
        insert.run(episode, kind, channel, from, to, amount, message);
      }
      this.database.prepare('INSERT OR REPLACE INTO looks VALUES (?, ?)').run(episode, FLAG_RULES);
    })();
  }

  /**
   * Episodes that were not looked at by these rules, the newest first, among some with numbers below `before`.
   * @returns with where to go on; 0 where that was all
   */
  due(before: number): { ids: number[]; next: number } {
    const last = Math.min(before, this.#last() + 1);
    const next = Math.max(0, last - STRIDE);
    const ids = this.database
      .prepare<[number, number, number], number>(
        `SELECT id FROM episodes e WHERE id < ? AND id >= ? AND state NOT IN ('recording', 'importing')
           AND NOT EXISTS (SELECT 1 FROM looks l WHERE l.episode = e.id AND l.rules = ?)
         ORDER BY id DESC`,
      )
      .pluck()
      .all(last, next, FLAG_RULES);
    return { ids, next };
  }

  #last(): number {
    return Number(this.database.prepare('SELECT coalesce(max(id), 0) FROM episodes').pluck().get());
  }
}
