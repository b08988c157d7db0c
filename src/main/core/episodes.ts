import type { EpisodeEvent, EpisodeSummary, Outcome } from '../../shared/episode';
import type { EditDone } from '../../shared/episode-list';
import { type EpisodeRows, MOST_ROWS } from '../../shared/episode-rows';
import type { EpisodeWindow } from '../../shared/episode-window';
import { ForesightError } from '../../shared/errors';
import type { Log, Which } from '../log/types';
import { Broadcast, batches } from './stream';
import { Digests } from './views/digests';
import { readRows } from './views/rows';
import { frameOf, readWindow, windowOf } from './views/window';

/** So many events of an episode are shown; of more, every so many of them. */
const MOST_EVENTS = 1000;

/** The workspace's episodes as rooms show them. */
export class Episodes {
  readonly #changes = new Broadcast<null>();
  readonly #digests: Digests;
  #revision = 0;

  constructor(private readonly log: Log) {
    this.#digests = new Digests(log);
  }

  /**
   * What plots show from second `from` to second `to`, in about `points` buckets.
   * @throws not-found; bad-file when it is damaged
   */
  async view(
    id: number,
    { from, to, points = 1000 }: { from?: number; to?: number; points?: number } = {},
  ): Promise<EpisodeWindow> {
    const summary = await this.log.episode(id);
    const last = summary.steps;
    const [firstRow, lastRow, wholeSeconds, events] = await Promise.all([
      from === undefined ? 0 : this.log.rowAt(id, from),
      // One row further, so that a curve goes on to the edge.
      to === undefined ? last : this.log.rowAt(id, to).then((row) => Math.min(last, row + 1)),
      this.#wholeSeconds(summary),
      this.log.events(id),
    ]);
    const frame = frameOf(summary, { from: firstRow, to: Math.max(firstRow, lastRow) + 1, points });
    const series = await readWindow(this.log, this.#digests, summary, frame);
    return { ...windowOf(summary, frame, series), wholeSeconds, ...someOf(events) };
  }

  /** Makes what views of a long episode need, unless it is there. */
  async *prepare(id: number): AsyncGenerator<{ done: number; total: number }, void, void> {
    const summary = await this.log.episode(id);
    const { raw } = frameOf(summary, { from: 0, to: summary.steps + 1, points: 1000 });
    if (!raw) yield* this.#digests.prepare(summary);
  }

  /** @throws not-found; wrong-use for more rows than are given at once; bad-file when it is damaged */
  async rows(id: number, range: { from: number; to: number }): Promise<EpisodeRows> {
    if (range.to - range.from > MOST_ROWS) {
      throw new ForesightError(
        'wrong-use',
        `${range.to - range.from} rows are more than the ${MOST_ROWS} that are given at once.`,
        'Ask for them in parts.',
      );
    }
    const summary = await this.log.episode(id);
    const to = Math.min(summary.steps + 1, range.to);
    return readRows(this.log, summary, { from: Math.min(range.from, to), to });
  }

  async #wholeSeconds({ id, steps }: EpisodeSummary): Promise<[number, number]> {
    const row = async (at: number) => {
      const { hostSeconds } = await this.log.columns(id, { from: at, to: at + 1 });
      return hostSeconds[0] ?? 0;
    };
    return Promise.all([row(0), row(steps)]);
  }

  remove(which: Which): Promise<EditDone> {
    return this.#edited(this.log.deleteEpisodes(which));
  }

  restore(which: Which): Promise<EditDone> {
    return this.#edited(this.log.restoreEpisodes(which));
  }

  /** @param at second of the episode; its end when left out */
  async note(id: number, text: string, at?: number): Promise<void> {
    const step = at === undefined ? (await this.log.episode(id)).steps : await this.log.rowAt(id, at);
    await this.log.addNote(id, step, text);
    this.changed();
  }

  tag(which: Which, tags: string[]): Promise<EditDone> {
    return this.#edited(this.log.tagEpisodes(which, tags));
  }

  retag(which: Which, add: string[], remove: string[]): Promise<EditDone> {
    return this.#edited(this.log.retagEpisodes(which, add, remove));
  }

  star(which: Which, starred: boolean): Promise<EditDone> {
    return this.#edited(this.log.starEpisodes(which, starred));
  }

  judge(which: Which, outcome: Outcome | null): Promise<EditDone> {
    return this.#edited(this.log.judgeEpisodes(which, outcome));
  }

  /** @returns the number of the episode that shows rows `from` to `to` (exclusive) of this one, which is deleted */
  trim(id: number, from: number, to: number): Promise<number> {
    return this.#edited(this.log.trimEpisode(id, from, to));
  }

  /** @returns the numbers of the two */
  split(id: number, row: number): Promise<number[]> {
    return this.#edited(this.log.splitEpisode(id, row));
  }

  merge(ids: number[]): Promise<number> {
    return this.#edited(this.log.mergeEpisodes(ids));
  }

  undo(): Promise<string | null> {
    return this.#edited(this.log.undo());
  }

  redo(): Promise<string | null> {
    return this.#edited(this.log.redo());
  }

  takeBack(edit: number): Promise<string | null> {
    return this.#edited(this.log.takeBack(edit));
  }

  async #edited<T>(edit: Promise<T>): Promise<T> {
    const made = await edit;
    this.changed();
    return made;
  }

  /** Tells every window that its list is out of date. */
  changed(): void {
    this.#revision++;
    this.#changes.publish(null);
  }

  async *changes(signal?: AbortSignal): AsyncGenerator<{ revision: number }, void, void> {
    const changes = batches<null, { dirty: true }>(this.#changes, {
      first: { dirty: true },
      empty: () => ({ dirty: true }),
      merge: () => undefined,
      intervalMs: 200,
      signal,
    });
    for await (const _ of changes) yield { revision: this.#revision };
  }
}

function someOf(events: EpisodeEvent[]): { events: EpisodeEvent[]; eventCount: number } {
  const every = Math.ceil(events.length / MOST_EVENTS);
  return { events: events.filter((_, i) => i % every === 0), eventCount: events.length };
}
