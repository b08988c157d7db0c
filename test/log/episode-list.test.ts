import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sqliteOptions } from '../../src/main/log/binding';
import { MIGRATIONS, migrate } from '../../src/main/log/schema';
import { LogStore } from '../../src/main/log/store';
import type { PageAsked } from '../../src/main/log/types';
import type { EpisodeSummary } from '../../src/shared/episode';
import { EPISODE_SOURCES, OUTCOMES } from '../../src/shared/episode';
import { EPISODE_ORDERS, type EpisodeFilter, isDoubtful } from '../../src/shared/episode-list';
import { newEpisode, rows } from './fixtures';

function openStore(migrations = MIGRATIONS) {
  const database = new Database(':memory:', sqliteOptions());
  migrate(database, migrations);
  let now = 1_000;
  const store = new LogStore(database, () => now++);
  return { database, store, log: store.handlers };
}
type Opened = ReturnType<typeof openStore>;

/** Words that share letters, in other cases, with what SQL and its search read as signs. */
const WORDS = [
  'slip',
  'SLIPPED',
  'Überlauf',
  'über',
  '100%',
  '_x_',
  '"q"',
  'no*',
  "o'clock",
  'ab',
  '7',
  '#3',
];
const word = fc.constantFrom(...WORDS);
const RIGS = ['bench', 'Arm-2', 'ab'];

const made = fc.record({
  rig: fc.constantFrom(...RIGS),
  source: fc.constantFrom(...EPISODE_SOURCES),
  end: fc.constantFrom('complete', 'interrupted', 'discarded', 'recording'),
  reason: fc.array(word, { maxLength: 2 }).map((some) => some.join(' ')),
  length: fc.nat(3),
  startedAt: fc.nat(4),
  return: fc.option(fc.constantFrom(-1.5, 0, 3)),
  duration: fc.constantFrom(0, 0.5, 2),
  missed: fc.nat(1),
  tags: fc.uniqueArray(word, { maxLength: 2 }),
  note: fc.option(word),
  noteUndone: fc.boolean(),
  outcome: fc.option(fc.constantFrom(...OUTCOMES)),
  starred: fc.boolean(),
  deleted: fc.boolean(),
});
type Made = typeof made extends fc.Arbitrary<infer T> ? T : never;

function add({ database, store, log }: Opened, one: Made): void {
  const id = log.beginEpisode(newEpisode({ rig: one.rig, source: one.source }));
  store.recorder.append(id, rows(0, one.length), []);
  store.flush();
  if (one.end !== 'recording') {
    log.endEpisode(id, { state: one.end as 'complete', terminated: false, reason: one.reason });
  }
  database
    .prepare(
      'UPDATE episodes SET started_at = ?, return = ?, duration_seconds = ?, missed_plans = ? WHERE id = ?',
    )
    .run(one.startedAt, one.return, one.duration, one.missed, id);
  log.tagEpisodes([id], one.tags);
  log.starEpisodes([id], one.starred);
  log.judgeEpisodes([id], one.outcome);
  if (one.note !== null) {
    log.addNote(id, 0, one.note);
    if (one.noteUndone) log.undo();
  }
  if (one.deleted && one.end !== 'recording') log.deleteEpisodes([id]);
}

const filters = fc.record(
  {
    numbers: fc.uniqueArray(fc.integer({ min: 1, max: 9 })),
    rig: fc.constantFrom(...RIGS, 'nowhere'),
    source: fc.constantFrom(...EPISODE_SOURCES),
    states: fc.uniqueArray(fc.constantFrom('complete', 'interrupted', 'discarded', 'recording')),
    outcome: fc.constantFrom(...OUTCOMES, 'none'),
    starred: fc.boolean(),
    tags: fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
    from: fc.nat(4),
    to: fc.nat(4),
    doubtful: fc.boolean(),
    deleted: fc.constantFrom('no', 'too', 'only'),
    text: fc
      .array(fc.oneof(word, fc.constantFrom('ben', 'A', 'lip', 'mp', 'MPC', 'compl', '#', '"', '')))
      .map((some) => some.join(' ')),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<EpisodeFilter>;

/** The same in plain words, over whole summaries and their notes. */
function matches(episode: EpisodeSummary, notes: readonly string[], filter: EpisodeFilter): boolean {
  const { id, rig, source, state, tags, reason, startedAt, deletedAt } = episode;
  const begins = [rig, source, state, ...tags].map((text) => text.toLowerCase());
  const occurs = [...begins, reason.toLowerCase(), ...notes.map((text) => text.toLowerCase())];
  const holds = (asked: unknown, is: boolean) => asked === undefined || is;
  return (
    holds(filter.numbers, filter.numbers?.includes(id) === true) &&
    holds(filter.rig, rig === filter.rig) &&
    holds(filter.source, source === filter.source) &&
    holds(filter.states, filter.states?.includes(state) === true) &&
    holds(filter.outcome, (episode.outcome ?? 'none') === filter.outcome) &&
    holds(filter.starred, episode.starred === filter.starred) &&
    (filter.tags ?? []).every((tag) => tags.includes(tag)) &&
    holds(filter.from, startedAt >= Number(filter.from)) &&
    holds(filter.to, startedAt < Number(filter.to)) &&
    holds(filter.doubtful, isDoubtful(episode) === filter.doubtful) &&
    { no: deletedAt === null, too: true, only: deletedAt !== null }[filter.deleted ?? 'no'] &&
    (filter.text ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter(Boolean)
      .every(
        (wanted) =>
          [String(id), `#${id}`].includes(wanted) ||
          ([...wanted].length < 3
            ? begins.some((text) => text.startsWith(wanted))
            : occurs.some((text) => text.includes(wanted))),
      )
  );
}

const KEYS = {
  number: (e: EpisodeSummary) => e.id,
  start: (e: EpisodeSummary) => e.startedAt,
  duration: (e: EpisodeSummary) => e.durationSeconds,
  steps: (e: EpisodeSummary) => e.steps,
  return: (e: EpisodeSummary) => e.return ?? Number.NEGATIVE_INFINITY,
};

const asks = fc.record({
  filter: filters,
  order: fc.constantFrom(...EPISODE_ORDERS),
  descending: fc.boolean(),
  offset: fc.nat(3),
  limit: fc.integer({ min: 1, max: 6 }),
});

describe('a list of episodes', () => {
  it('is what a plain filter and sort of all of them gives, page by page, with its counts and places', () => {
    fc.assert(
      fc.property(
        fc.array(made, { maxLength: 9 }),
        fc.array(asks, { minLength: 20, maxLength: 20 }),
        (all, several) => {
          const opened = openStore();
          for (const one of all) add(opened, one);
          const { log } = opened;
          const whole = log.episodes({ deleted: 'too' });
          expect(whole).toHaveLength(all.length);
          const notes = new Map(
            whole.map(({ id }) => [
              id,
              log.events(id).flatMap(({ kind, message }) => (kind === 'note' ? [message] : [])),
            ]),
          );
          for (const { filter, order, descending, offset, limit } of several) {
            const key = KEYS[order];
            const way = descending ? -1 : 1;
            const wanted = whole
              .filter((episode) => matches(episode, notes.get(episode.id) ?? [], filter))
              .sort((a, b) => way * (Math.sign(key(a) - key(b)) || a.id - b.id));
            const asked: PageAsked = { ...filter, order, descending };
            const page = log.episodePage({ ...asked, offset, limit });
            const listed = wanted
              .slice(offset, offset + limit)
              .map(({ observations: _, actions: __, ...one }) => one);
            expect(page.episodes).toEqual(listed);
            expect(page.total).toBe(wanted.length);
            expect(page.steps).toBe(wanted.reduce((sum, { steps }) => sum + steps, 0));
            expect(log.episodeNumbers(asked)).toEqual(wanted.map(({ id }) => id));
            expect(log.episodes(filter)).toEqual(wanted.toSorted((a, b) => a.id - b.id));
            for (const { id } of whole) {
              const place = wanted.findIndex((episode) => episode.id === id);
              expect(log.episodePlace({ ...asked, order, descending, id })).toBe(place === -1 ? null : place);
            }
            const returns = wanted.flatMap((episode) => (episode.return === null ? [] : [episode.return]));
            expect(log.episodeTotals(filter)).toEqual({
              episodes: wanted.length,
              steps: page.steps,
              missedPlans: wanted.reduce((sum, { missedPlans }) => sum + missedPlans, 0),
              returns: returns.length,
              leastReturn: returns.length > 0 ? Math.min(...returns) : null,
              greatestReturn: returns.length > 0 ? Math.max(...returns) : null,
              judged: wanted.filter(({ outcome }) => outcome === 'success' || outcome === 'failure').length,
              successes: wanted.filter(({ outcome }) => outcome === 'success').length,
            });
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

const plain: Made = {
  ...{ rig: 'bench', source: 'random', end: 'complete', reason: '', length: 2, startedAt: 0, return: null },
  ...{ duration: 0, missed: 0, tags: [], note: null, noteUndone: false, outcome: null, starred: false },
  deleted: false,
};

/** Episodes 1 to 5; the third is tagged, the fifth is being recorded. */
function five(): Opened {
  const opened = openStore();
  for (const id of [1, 2, 3, 4]) add(opened, { ...plain, tags: id === 3 ? ['clean', 'third'] : [] });
  add(opened, { ...plain, end: 'recording' });
  return opened;
}

describe('what is done with all that match', () => {
  it('is one edit, done to all of them but a few and what is being recorded, and undone at once', () => {
    const { database, log } = five();
    const edits = () => Number(database.prepare('SELECT count(*) FROM journal').pluck().get());
    const before = log.episodes({ deleted: 'too' });
    const known = edits();
    const which = { matching: { rig: 'bench' }, except: [2] };
    const { edit, episodes } = log.deleteEpisodes(which);
    expect(episodes).toBe(3);
    expect(edits()).toBe(known + 1);
    expect(log.episodeNumbers({ deleted: 'only', descending: false })).toEqual([1, 3, 4]);
    expect(log.deleteEpisodes(which)).toEqual({ edit: null, episodes: 0 });
    expect(edits()).toBe(known + 1);
    expect(log.takeBack(Number(edit))).toBe('Deleted 3 episodes');
    expect(log.episodes({ deleted: 'too' })).toEqual(before);
    expect(log.redo()).toBe('Deleted 3 episodes');
  });

  it('adds tags to those that each has, and takes away', () => {
    const { log } = five();
    const tags = () => log.episodePage({ descending: false }).episodes.map((one) => one.tags.join(' '));
    expect(log.retagEpisodes({ matching: {} }, ['new', ' clean '], ['third'])).toMatchObject({ episodes: 4 });
    expect(tags()).toEqual(['new clean', 'new clean', 'clean new', 'new clean', '']);
    expect(log.retagEpisodes([1], ['new'], ['third'])).toEqual({ edit: null, episodes: 0 });
    expect(log.undo()).toBe('Tagged 4 episodes: +new, +clean, −third');
    expect(tags()).toEqual(['', '', 'clean third', '', '']);
  });

  it('is refused where a named one is not there, and nothing is changed', () => {
    const { log } = five();
    expect(() => log.starEpisodes([1, 99], true)).toThrow('There is no episode 99');
    expect(log.episodeNumbers({ starred: true })).toEqual([]);
  });

  it('is refused for so many that they would hold up what is recorded, whichever way they come', () => {
    const { database, store, log } = five();
    const copies = database.prepare(
      `INSERT INTO episodes (rig, source, state, started_at, period_seconds)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       SELECT 1, 'random', 'complete', 0, 0.02 FROM n`,
    );
    copies.run();
    const many = () => log.starEpisodes({ matching: {} }, true);
    expect(many).toThrow('Episode 5 is being recorded, and changing 2004 episodes at once');
    store.recorder.append(5, rows(2, 4), []);
    log.endEpisode(5, { state: 'complete', terminated: false, reason: '' });
    const { edit } = many();
    const open = log.beginEpisode(newEpisode());
    for (const back of [() => log.undo(), () => log.takeBack(Number(edit))]) {
      expect(back).toThrow(`Episode ${open} is being recorded`);
    }
    expect(log.episodeTotals({ starred: true }).episodes).toBe(2005);
  });
});

describe('one edit', () => {
  it('is taken back whatever came after it, all of it but what was changed again', () => {
    const { log } = five();
    const { edit } = log.judgeEpisodes([1, 2, 3], 'failure');
    log.judgeEpisodes([2], 'success');
    log.starEpisodes([1], true);
    expect(log.takeBack(Number(edit))).toBe('Judged as failure: 3 episodes');
    const said = () => log.episodePage({ descending: false, limit: 3 }).episodes.map((one) => one.outcome);
    expect(said()).toEqual([null, 'success', null]);
    expect(log.episode(1).starred).toBe(true);
    expect(log.takeBack(Number(edit))).toBeNull();
    expect(log.undo()).toBe('Took back: Judged as failure: 3 episodes');
    expect(said()).toEqual(['failure', 'success', 'failure']);
  });
});

describe('a log from before there were lists in it', () => {
  it('is searched, sorted and undone like any other once it was brought forward', () => {
    const { database, log, store } = openStore(MIGRATIONS.slice(0, 8));
    for (const note of ['slipped', 'fine']) {
      const id = log.beginEpisode(newEpisode());
      store.recorder.append(id, rows(0, 3), []);
      log.endEpisode(id, { state: 'complete', terminated: false, reason: 'As asked.' });
      log.addNote(id, 0, note);
    }
    database.exec(`
      UPDATE episodes SET tags = '["kept"]' WHERE id = 2;
      INSERT INTO journal (at, what, changes) VALUES (5, 'Tagged episode 2: kept',
        '[{"table":"episodes","key":2,"before":{"tags":"[]"},"after":{"tags":"[\\"kept\\"]"}}]');
    `);
    migrate(database);
    expect(log.episodeNumbers({ text: 'SLIP asked' })).toEqual([1]);
    expect(log.episodeNumbers({ tags: ['kept'] })).toEqual([2]);
    expect(log.undo()).toBe('Tagged episode 2: kept');
    expect(log.episodeNumbers({ tags: ['kept'] })).toEqual([]);
    expect(log.episodeOverview()).toEqual({
      ...{ episodes: 2, deleted: 0, tags: [] },
      rigs: [{ name: 'bench', episodes: 2, usable: 2, steps: 4 }],
    });
  });
});

describe('the indices of a list', () => {
  it('serve every order, so that a page costs no sort of all episodes', () => {
    const { database, log } = openStore();
    const plans: string[] = [];
    const prepare = database.prepare.bind(database);
    database.prepare = ((sql: string) => {
      if (sql.includes('ORDER BY k')) {
        const values = Array.from(sql.matchAll(/\?/g), () => 1);
        const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { detail: string }[];
        plans.push(steps.map(({ detail }) => detail).join('; '));
      }
      return prepare(sql);
    }) as typeof database.prepare;
    for (const order of EPISODE_ORDERS) log.episodeNumbers({ order, limit: 10 });
    const indices = ['there', 'by_start', 'by_duration', 'by_steps', 'by_return'];
    // Of what is being recorded there is an episode or none.
    for (const [i, plan] of plans.entries())
      expect(plan.split('RIGHT')[0]).toContain(`episodes_${indices[i]}`);
    expect(plans.every((plan) => !plan.split('RIGHT')[0]?.includes('TEMP B-TREE'))).toBe(true);
  });
});
