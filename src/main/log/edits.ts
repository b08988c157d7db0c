import type { Database } from 'better-sqlite3';
import type { EpisodeSummary } from '../../shared/episode';
import { ForesightError } from '../../shared/errors';
import { followEdit } from './dataset-table';
import type { EpisodeTable } from './episode-table';
import { FrameTable } from './frame-table';
import type { Journal } from './journal';
import { type Cut, partsOfCuts, placed } from './new-parts';
import { insertParts, type NewPart } from './parts';
import { tallyOfStored } from './stored-tally';

/** What an episode that is made of cuts is said to be, besides what follows from its rows. */
interface Made {
  cuts: Cut[];
  /** A row of its only cut from which on events are not its own, because the next episode begins there. */
  eventsBefore?: number;
  reason: string;
  outcome: EpisodeSummary['outcome'];
}

/**
 * Trimming, splitting and merging. None of them changes an episode: it makes new ones that show its rows where they lie, and
 * deletes the old one softly, in one transaction with one entry of the undo journal.
 */
export class Edits {
  constructor(
    private readonly database: Database,
    private readonly episodes: EpisodeTable,
    private readonly journal: Journal,
  ) {}

  /** @returns the number of the episode with rows `from` to `to` (exclusive). @throws wrong-use, busy, not-found, bad-file */
  trim(id: number, from: number, to: number, at: number): number {
    const episode = this.#editable(id);
    const { steps, outcome } = episode;
    if (!isRow(from) || !isRow(to) || to > steps + 1 || to - from < 2) {
      throw wrongUse(
        `Rows ${from} to ${to - 1} cannot be kept of episode ${id}, which has rows 0 to ${steps}.`,
        'Keep a step or more of it: two rows that follow each other.',
      );
    }
    if (from === 0 && to === steps + 1) {
      throw wrongUse(`Nothing would be taken off episode ${id}.`, 'Choose where it shall begin or end.');
    }
    const reason = `Steps ${from} to ${to - 1} of episode ${id}.`;
    const made = { cuts: [{ episode, from, to }], reason, outcome };
    return (
      this.#replace([episode], [made], `Trimmed episode ${id} to steps ${from} to ${to - 1}`, at)[0] ?? 0
    );
  }

  /**
   * The row belongs to both: it ends the last step of one and begins the first of the other. At a seam it begins the second.
   * @returns the numbers of the two
   */
  split(id: number, row: number, at: number): number[] {
    const episode = this.#editable(id);
    const { steps } = episode;
    const first = this.#begins(episode).has(row) ? row : row + 1;
    if (!isRow(row) || first < 2 || steps + 1 - row < 2) {
      throw wrongUse(
        `Episode ${id}, which has rows 0 to ${steps}, cannot be split at row ${row}.`,
        'Choose a row that leaves a step or more on both sides.',
      );
    }
    const parts: Made[] = [
      {
        cuts: [{ episode, from: 0, to: first }],
        ...{ eventsBefore: row, reason: `Steps 0 to ${first - 1} of episode ${id}.`, outcome: null },
      },
      {
        cuts: [{ episode, from: row, to: steps + 1 }],
        ...{ reason: `Steps ${row} to ${steps} of episode ${id}.`, outcome: null },
      },
    ];
    return this.#replace([episode], parts, `Split episode ${id} at step ${row}`, at);
  }

  /** @returns the number of the episode that shows them all, in the order in which they began */
  merge(ids: readonly number[], at: number): number {
    const found = [...new Set(ids)].map((id) => this.#editable(id));
    const episodes = found.sort((a, b) => a.startedAt - b.startedAt || a.id - b.id);
    const [first, second] = episodes;
    if (first === undefined || second === undefined) {
      throw wrongUse('Two episodes or more are needed to merge them.', 'Name at least two.');
    }
    const empty = episodes.find(({ steps }) => steps === 0);
    if (empty !== undefined) throw wrongUse(`Episode ${empty.id} has no step to merge.`, 'Leave it out.');
    for (const other of episodes.slice(1)) this.#requireAlike(first, other);
    const outcomes = new Set(episodes.map(({ outcome }) => outcome));
    const names = episodes.map(({ id }) => id).join(', ');
    const made: Made = {
      cuts: episodes.map((episode) => ({ episode, from: 0, to: episode.steps + 1 })),
      reason: `Episodes ${names} one after the other.`,
      outcome: outcomes.size === 1 ? first.outcome : null,
    };
    return this.#replace(episodes, [made], `Merged episodes ${names}`, at)[0] ?? 0;
  }

  #replace(old: readonly EpisodeSummary[], made: readonly Made[], what: string, at: number): number[] {
    return this.database.transaction(() => {
      const ids = made.map((one) => this.#make(one));
      const gone = { deleted_at: at };
      const there = { deleted_at: null };
      const remove = this.database.prepare('UPDATE episodes SET deleted_at = ? WHERE id = ?');
      for (const { id } of old) remove.run(at, id);
      followEdit(
        this.database,
        old.map(({ id }) => id),
        ids,
      );
      const changes = [
        { keys: old.map(({ id }) => id), before: there, after: gone },
        { keys: ids, before: gone, after: there },
      ];
      this.journal.note(
        what,
        changes.map((change) => ({ table: 'episodes', ...change })),
        at,
      );
      return ids;
    })();
  }

  #make({ cuts, eventsBefore, reason, outcome }: Made): number {
    const { database, episodes } = this;
    const [first, last] = [cuts[0], cuts.at(-1)];
    if (first === undefined || last === undefined) throw new RangeError('an episode of no cuts');
    const { parts: recorded, begins } = partsOfCuts(cuts);
    const parts = placed(database, episodes, recorded, first.episode.periodSeconds);
    const toItsEnd = last.to === last.episode.steps + 1;
    const tags = [...new Set(cuts.flatMap(({ episode }) => episode.tags))];
    const { lastInsertRowid } = database
      .prepare(
        `INSERT INTO episodes (rig, source, state, started_at, period_seconds, run, seed, software, tags, outcome, starred)
         SELECT rig, source, state, started_at + ?, period_seconds, run, seed, software, ?, ?, ?
         FROM episodes WHERE id = ?`,
      )
      .run(
        Math.round(1000 * this.#secondsBefore(first)),
        JSON.stringify(tags),
        outcome,
        cuts.some(({ episode }) => episode.starred) ? 1 : 0,
        first.episode.id,
      );
    const id = Number(lastInsertRowid);
    insertParts(database, id, parts);
    this.#insertCameras(id, first.episode.id, parts);
    this.#insertEvents(id, cuts, begins, eventsBefore);
    this.#markSeams(id, parts);
    if (cuts.some(({ episode }) => episode.run !== first.episode.run)) {
      database.prepare('UPDATE episodes SET run = NULL, seed = NULL WHERE id = ?').run(id);
    }
    episodes.count(id, tallyOfStored(database, episodes, id));
    const state = cuts.some(({ episode }) => episode.state === 'interrupted') ? 'interrupted' : 'complete';
    const why = toItsEnd && last.episode.reason !== '' ? `${reason} ${last.episode.reason}` : reason;
    episodes.finish(id, state, toItsEnd && last.episode.terminated, why);
    return id;
  }

  /** From the beginning of an episode to the first row of a cut. */
  #secondsBefore({ episode, from }: Cut): number {
    if (from === 0) return 0;
    const { hostSeconds } = this.episodes.columns(episode.id, { from, to: from + 1 });
    return hostSeconds[0] ?? 0;
  }

  /** Those of the first; what is missing of the pictures that are shown counts as dropped. */
  #insertCameras(id: number, of: number, parts: readonly NewPart[]): void {
    const frames = new FrameTable(this.database);
    const cameras = frames.cameras(of);
    frames.begin(id, cameras);
    const count = this.database.prepare('UPDATE cameras SET dropped = ? WHERE episode = ? AND camera = ?');
    frames.cameras(id).forEach((shown, camera) => {
      const due = parts.reduce((sum, part) => {
        const one = part.frames.get(camera);
        return one === undefined ? sum : sum + one.to - one.from;
      }, 0);
      count.run(due - shown.frames, id, camera);
    });
  }

  /** @param begins the row of each cut's first; what both say of a row that two of them share is said once */
  #insertEvents(id: number, cuts: readonly Cut[], begins: readonly number[], eventsBefore?: number): void {
    const copy = this.database.prepare(
      `INSERT INTO events (episode, step, kind, message)
       SELECT :id, step + :later, kind, message FROM events s
       WHERE episode = :of AND step >= :from AND step < :to AND deleted_at IS NULL AND kind <> 'seam'
         AND NOT EXISTS (SELECT 1 FROM events e WHERE e.episode = :id AND e.step = s.step + :later
           AND e.step = :begins AND e.kind = s.kind AND e.message = s.message)
       ORDER BY step, s.id`,
    );
    cuts.forEach(({ episode, from, to }, i) => {
      const row = begins[i] ?? 0;
      const range = { from, to: eventsBefore ?? to, later: row - from };
      copy.run({ id, of: episode.id, begins: i === 0 ? -1 : row, ...range });
    });
  }

  #markSeams(id: number, parts: readonly NewPart[]): void {
    const mark = this.database.prepare(
      "INSERT INTO events (episode, step, kind, message) VALUES (?, ?, 'seam', ?)",
    );
    const said = 'Time is missing here: what follows was recorded apart.';
    for (const { firstRow } of parts.slice(1)) mark.run(id, firstRow, said);
  }

  /** Rows at which a part begins after another. */
  #begins(episode: EpisodeSummary): Set<number> {
    let row = 0;
    return new Set(episode.parts.slice(0, -1).map(({ from, to }) => (row += to - from)));
  }

  #editable(id: number): EpisodeSummary {
    const episode = this.episodes.get(id);
    if (episode.state === 'recording') {
      throw new ForesightError('busy', `Episode ${id} is being recorded.`, 'End the episode, then edit it.');
    }
    if (episode.deletedAt === null) return episode;
    throw wrongUse(
      `Episode ${id} was deleted, or an edit put another in its place.`,
      'Bring it back first, or edit the one in its place.',
    );
  }

  #requireAlike(first: EpisodeSummary, other: EpisodeSummary): void {
    const cameras = (id: number) =>
      new FrameTable(this.database)
        .cameras(id)
        .map(({ name, width, height, rate }) => ({ name, width, height, rate }));
    const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
    const differs =
      (first.rig !== other.rig && 'rigs') ||
      (!same(first.observations, other.observations) && 'observations') ||
      (!same(first.actions, other.actions) && 'actions') ||
      (first.periodSeconds !== other.periodSeconds && 'control periods') ||
      (!same(cameras(first.id), cameras(other.id)) && 'cameras');
    if (differs === false) return;
    throw wrongUse(
      `Episodes ${first.id} and ${other.id} cannot be merged: their ${differs} differ.`,
      'Merge episodes of one rig as it was.',
    );
  }
}

const isRow = (row: number) => Number.isInteger(row) && row >= 0;

const wrongUse = (message: string, next: string) => new ForesightError('wrong-use', message, next);
