import type { Database } from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import type { ModelRecord, NewRun, PolicyRecord, RunRecord } from './types';

interface RunRow {
  id: number;
  rig: string;
  model: string | null;
  policy: string | null;
  settings: string;
  started_at: number;
  ended_at: number | null;
  episodes: string;
}

interface ModelRow {
  hash: string;
  name: string;
  created_at: number;
  rig: string;
  options: string;
  metrics: string;
  evaluation: string;
  episodes: string;
}

interface PolicyRow {
  hash: string;
  name: string;
  created_at: number;
  rig: string;
  summary: string;
  evaluation: string;
}

/** Runs, models and policies: small rows with JSON documents that the log does not look into. */
export class Catalogue {
  constructor(private readonly database: Database) {}

  beginRun(run: NewRun, at: number): number {
    const { lastInsertRowid } = this.database
      .prepare('INSERT INTO runs (rig, model, policy, settings, started_at) VALUES (?, ?, ?, ?, ?)')
      .run(run.rig, run.model, run.policy, json(run.settings), at);
    return Number(lastInsertRowid);
  }

  endRun(id: number, at: number): void {
    const { changes } = this.database.prepare('UPDATE runs SET ended_at = ? WHERE id = ?').run(at, id);
    if (changes === 0) throw missing(`run ${id}`);
  }

  runs(): RunRecord[] {
    return this.database
      .prepare<[], RunRow>(
        `SELECT r.*, (SELECT json_group_array(e.id ORDER BY e.id) FROM episodes e WHERE e.run = r.id) AS episodes
         FROM runs r ORDER BY r.id`,
      )
      .all()
      .map((row) => ({
        id: row.id,
        rig: row.rig,
        model: row.model,
        policy: row.policy,
        settings: JSON.parse(row.settings),
        startedAt: row.started_at,
        endedAt: row.ended_at,
        episodes: JSON.parse(row.episodes) as number[],
      }));
  }

  /** The same file trained or imported again (the same hash) takes the newer row. */
  addModel(model: ModelRecord): void {
    this.database
      .prepare('INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        model.hash,
        model.name,
        Math.round(model.createdAt),
        model.rig,
        json(model.options),
        json(model.metrics),
        json(model.evaluation),
        json(model.episodes),
      );
  }

  setEvaluation(table: LearnedTable, hash: string, evaluation: unknown): void {
    this.database.prepare(`UPDATE ${table} SET evaluation = ? WHERE hash = ?`).run(json(evaluation), hash);
  }

  /** @throws ForesightError not-found */
  requireLearned(table: LearnedTable, hash: string): void {
    const found = this.database.prepare(`SELECT 1 FROM ${table} WHERE hash = ?`).get(hash);
    if (found === undefined) throw missing(`${table === 'models' ? 'model' : 'policy'} ${hash}`);
  }

  models(): ModelRecord[] {
    return this.database
      .prepare<[], ModelRow>('SELECT * FROM models ORDER BY created_at, rowid')
      .all()
      .map((row) => ({
        hash: row.hash,
        name: row.name,
        createdAt: row.created_at,
        rig: row.rig,
        options: JSON.parse(row.options),
        metrics: JSON.parse(row.metrics),
        evaluation: JSON.parse(row.evaluation),
        episodes: JSON.parse(row.episodes) as number[],
      }));
  }

  /** As of models; one that was removed is back. */
  addPolicy({ hash, name, createdAt, rig, summary, evaluation }: PolicyRecord): void {
    this.database
      .prepare('INSERT OR REPLACE INTO policies VALUES (?, ?, ?, ?, ?, ?, NULL)')
      .run(hash, name, Math.round(createdAt), rig, json(summary), json(evaluation));
  }

  policies(): PolicyRecord[] {
    return this.database
      .prepare<[], PolicyRow>('SELECT * FROM policies WHERE deleted_at IS NULL ORDER BY created_at, rowid')
      .all()
      .map((row) => ({
        ...{ hash: row.hash, name: row.name, createdAt: row.created_at, rig: row.rig },
        summary: JSON.parse(row.summary),
        evaluation: JSON.parse(row.evaluation),
      }));
  }
}

type LearnedTable = 'models' | 'policies';

/** JSON has no undefined; a document that is missing is null. */
const json = (value: unknown) => JSON.stringify(value ?? null);

function missing(what: string): ForesightError {
  return new ForesightError(
    'not-found',
    `There is no ${what} in this workspace.`,
    'List them to see which there are.',
  );
}
