import type { Database } from 'better-sqlite3';
import { ForesightError } from '../../shared/errors';
import type { EpisodeTable } from './episode-table';
import type { Journal } from './journal';

/** What people write at a step of an episode, on the same time line as what the guard and the loop did. */
export class Notes {
  constructor(
    private readonly database: Database,
    private readonly episodes: EpisodeTable,
    private readonly journal: Journal,
  ) {}

  /** @throws ForesightError not-found, wrong-use (no text, no such step) */
  add(id: number, step: number, text: string, at: number): void {
    const { steps } = this.episodes.get(id);
    const message = text.trim();
    if (message === '')
      throw new ForesightError(
        'wrong-use',
        'A note without a word says nothing.',
        'Write what it shall say.',
      );
    if (!Number.isInteger(step) || step < 0 || step > steps) {
      throw new ForesightError(
        'wrong-use',
        `Episode ${id} has no step ${step}: its steps are 0 to ${steps}.`,
        'Choose one of them.',
      );
    }
    this.database.transaction(() => {
      const { lastInsertRowid } = this.database
        .prepare("INSERT INTO events (episode, step, kind, message) VALUES (?, ?, 'note', ?)")
        .run(id, step, message);
      const change = { table: 'events', keys: [Number(lastInsertRowid)] } as const;
      const [before, after] = [{ deleted_at: at }, { deleted_at: null }];
      this.journal.note(`Noted at step ${step} of episode ${id}`, [{ ...change, before, after }], at);
    })();
  }
}
