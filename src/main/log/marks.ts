import type { Outcome } from '../../shared/episode';
import type { EditDone } from '../../shared/episode-list';
import { ForesightError } from '../../shared/errors';
import type { EpisodeList } from './episode-list';
import type { Edited, Journal } from './journal';
import type { Which } from './types';

/** So many episodes are changed at once while one is recorded: it takes some ten milliseconds. */
const MOST_WHILE_RECORDING = 2000;

/** What people say of episodes: deleted, tagged, starred, judged. However many at once, it is one edit. */
export class Marks {
  /** @param recording numbers of what is being recorded */
  constructor(
    private readonly list: EpisodeList,
    private readonly journal: Journal,
    private readonly recording: () => readonly number[],
    private readonly now: () => number,
  ) {}

  /** @throws ForesightError busy (it is being recorded), not-found */
  delete(which: Which): EditDone {
    const ids = this.#numbers(which, { deleted: 'no' });
    const open = new Set(this.recording());
    const recorded = ids.find((id) => open.has(id));
    if (recorded !== undefined) {
      throw new ForesightError(
        'busy',
        `Episode ${recorded} is being recorded.`,
        'End the episode, then delete it.',
      );
    }
    return this.#edit(ids, { deleted_at: this.now() }, 'Deleted');
  }

  restore(which: Which): EditDone {
    return this.#edit(this.#numbers(which, { deleted: 'only' }), { deleted_at: null }, 'Brought back');
  }

  tag(which: Which, tags: readonly string[]): EditDone {
    const clean = cleanTags(tags);
    const ids = this.#numbers(which);
    const what =
      clean.length === 0 ? `Removed the tags of ${named(ids)}` : `Tagged ${named(ids)}: ${clean.join(', ')}`;
    return done(this.journal.edit('episodes', ids, { tags: JSON.stringify(clean) }, what, this.now()));
  }

  retag(which: Which, add: readonly string[], remove: readonly string[]): EditDone {
    const more = cleanTags(add);
    const less = new Set(cleanTags(remove));
    const ids = this.#numbers(which);
    const said = [...more.map((tag) => `+${tag}`), ...[...less].map((tag) => `−${tag}`)].join(', ');
    return done(
      this.journal.editEach(
        ...(['episodes', ids, ['tags']] as const),
        ({ tags }) => ({ tags: JSON.stringify(retagged(String(tags), more, less)) }),
        ...([`Tagged ${named(ids)}: ${said}`, this.now()] as const),
      ),
    );
  }

  star(which: Which, starred: boolean): EditDone {
    const what = starred ? 'Starred' : 'Took the star of';
    return this.#edit(this.#numbers(which), { starred: starred ? 1 : 0 }, what);
  }

  judge(which: Which, outcome: Outcome | null): EditDone {
    const what = outcome === null ? 'Took back the judgement of' : `Judged as ${outcome}:`;
    return this.#edit(this.#numbers(which), { outcome }, what);
  }

  takeBack(edit: number): string | null {
    return this.journal.takeBack(edit, this.now(), (rows) => this.allow(rows));
  }

  /** @throws ForesightError busy: so many at once would hold up what is being recorded */
  allow(episodes: number): void {
    const [open] = this.recording();
    if (open === undefined || episodes <= MOST_WHILE_RECORDING) return;
    throw new ForesightError(
      'busy',
      `Episode ${open} is being recorded, and changing ${episodes} episodes at once would hold up its rows.`,
      `Wait until it has ended, or change at most ${MOST_WHILE_RECORDING} at once.`,
    );
  }

  #edit(ids: readonly number[], after: Record<string, string | number | null>, what: string): EditDone {
    return done(this.journal.edit('episodes', ids, after, `${what} ${named(ids)}`, this.now()));
  }

  /**
   * Named ones must be there; of all that match those that `only` is true of, without what is being recorded.
   * @throws ForesightError not-found, busy
   */
  #numbers(which: Which, only: { deleted?: 'no' | 'only' } = {}): number[] {
    const ids = 'matching' in which ? this.#matching(which) : this.#named(which);
    const { deleted } = only;
    const kept =
      deleted === undefined ? ids : this.list.numbers({ numbers: ids, deleted, descending: false });
    this.allow(kept.length);
    return kept;
  }

  #matching({ matching, except = [] }: Exclude<Which, readonly number[]>): number[] {
    const without = new Set([...except, ...this.recording()]);
    return this.list.numbers({ ...matching, descending: false }).filter((id) => !without.has(id));
  }

  #named(ids: readonly number[]): number[] {
    const there = new Set(this.list.numbers({ numbers: [...ids], deleted: 'too' }));
    const gone = ids.find((id) => !there.has(id));
    if (gone === undefined) return [...ids];
    throw new ForesightError(
      'not-found',
      `There is no episode ${gone} in this workspace.`,
      'List the episodes to see which there are.',
    );
  }
}

const done = ({ id, rows }: Edited): EditDone => ({ edit: id, episodes: rows });

function named(ids: readonly number[]): string {
  return ids.length === 1 ? `episode ${ids[0]}` : `${ids.length} episodes`;
}

function cleanTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}

function retagged(stored: string, more: readonly string[], less: ReadonlySet<string>): string[] {
  const had = JSON.parse(stored) as string[];
  return [...new Set([...had.filter((tag) => !less.has(tag)), ...more])];
}
