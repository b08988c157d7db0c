import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sqliteOptions } from '../../src/main/log/binding';
import { asLogError } from '../../src/main/log/failures';
import { CHUNK_ROWS } from '../../src/main/log/recorder';
import { migrate } from '../../src/main/log/schema';
import { LogStore } from '../../src/main/log/store';
import type { EpisodeSummary } from '../../src/shared/episode';
import { insightOf, newEpisode, plannedRow, row, rows } from './fixtures';

function openStore() {
  const database = new Database(':memory:', sqliteOptions());
  migrate(database);
  let now = 1_000;
  const store = new LogStore(database, () => now++);
  return { database, store, log: store.handlers };
}

const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;

function recorded(store: LogStore, length: number): EpisodeSummary {
  const id = store.handlers.beginEpisode(newEpisode());
  store.recorder.append(id, rows(0, length), []);
  return store.handlers.endEpisode(id, complete);
}

describe('recording', () => {
  it('merges the small chunks of single commits as an episode grows, and again when it ends', () => {
    const { database, store, log } = openStore();
    const sizes = () => database.prepare('SELECT rows FROM chunks ORDER BY first_row').pluck().all();
    const id = log.beginEpisode(newEpisode());
    const length = CHUNK_ROWS + 30;
    for (let step = 0; step < length; step += 10) {
      store.recorder.append(id, rows(step, Math.min(length, step + 10)), []);
      store.recorder.flush();
    }
    expect(sizes()).toEqual([1030, 10, 10, 4]);
    store.recorder.append(id, [plannedRow(length)], []);
    log.endEpisode(id, complete);
    expect(sizes()).toEqual([1030, 25]);
    const columns = log.columns(id, { predictions: true });
    expect(columns.observations).toEqual(
      Float64Array.from(
        { length: 2 * (length + 1) },
        (_, i) => Math.floor(i / 2) + (i % 2 === 0 ? 0.1 : 0.2),
      ),
    );
    expect(columns.predictions[length]).toEqual(plannedRow(length).prediction);
  });

  it('reads any range of rows, also while their chunks are still merged', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    const length = 30 * 72;
    for (let step = 0; step < length; step += 30) {
      store.recorder.append(id, rows(step, step + 30), []);
      store.recorder.flush();
    }
    const whole = log.columns(id, { predictions: true });
    expect(whole.rows).toBe(length);
    const range = fc
      .tuple(fc.nat(length + 50), fc.nat(length + 50))
      .map((ends) => ends.sort((a, b) => a - b));
    fc.assert(
      fc.property(range, ([from = 0, to = 0]) => {
        const part = log.columns(id, { from, to, predictions: true });
        expect(part.rows).toBe(Math.max(0, Math.min(to, length) - Math.min(from, length)));
        expect(part.hostSeconds).toEqual(whole.hostSeconds.slice(from, to));
        expect(part.observations).toEqual(whole.observations.slice(2 * from, 2 * to));
        expect(part.requested).toEqual(whole.requested.slice(from, to));
        expect(part.predictions).toEqual(whole.predictions.slice(from, to));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps what plans said of themselves beside the rows that they decided, in forty bytes a row', () => {
    const { database, store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    const length = CHUNK_ROWS + 30;
    for (let step = 0; step < length; step += 10) {
      const rows = Array.from({ length: Math.min(10, length - step) }, (_, i) => step + i);
      // The first plans are not there at once.
      store.recorder.append(
        id,
        rows.map((k) => row(k, k < 20 ? {} : { insight: insightOf(k) })),
        [],
      );
      store.recorder.flush();
    }
    log.endEpisode(id, complete);
    const { insight } = log.columns(id, { predictions: true });
    expect(insight?.expectedReturn.slice(18, 22)).toEqual(
      Float32Array.of(Number.NaN, Number.NaN, 20.5, 21.5),
    );
    expect(insight?.expectedReturn.at(-1)).toBe(length - 0.5);
    expect(insight?.disagreement.every(Number.isNaN)).toBe(true);
    expect(insight?.candidates.at(-1)).toBe(150);
    expect(log.columns(id).insight).toBeUndefined();
    const bytes = database.prepare('SELECT SUM(LENGTH(insight)) FROM chunks').pluck().get();
    expect(bytes).toBe(40 * length);
  });

  it('counts plans that were missed, overruns and interventions of the guard, and adds up the reward', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    store.recorder.append(
      id,
      [row(0), row(1, { missed: 1, reward: 0.5 }), row(2, { missed: 1, reward: -2 }), row(3)],
      [
        { step: 1, kind: 'missed-plan', message: 'Plan 4 came late.' },
        { step: 1, kind: 'overrun', message: 'Tick 1 was 4 ms late.' },
        { step: 2, kind: 'guard-clip', message: 'torque' },
        { step: 2, kind: 'guard-rate', message: 'torque' },
        { step: 3, kind: 'note', message: 'a word' },
      ],
    );
    expect(log.endEpisode(id, complete)).toMatchObject({
      steps: 3,
      return: -0.5,
      missedPlans: 2,
      overruns: 1,
      guardInterventions: 2,
    });
    expect(log.events(id).map((event) => event.kind)).toEqual([
      'missed-plan',
      'overrun',
      'guard-clip',
      'guard-rate',
      'note',
    ]);
  });

  it('takes no row that does not continue the episode, keeps what came before and ends it as interrupted', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    store.recorder.append(id, rows(0, 2), []);
    expect(() => store.recorder.append(id, [row(3)], [])).toThrow('row 3 came where row 2 was expected');
    store.recorder.append(id, [row(2)], []);
    expect(log.endEpisode(id, complete)).toMatchObject({ state: 'interrupted', steps: 1 });
  });

  it.each([
    ['observations', row(0, { observation: [1] })],
    ['actions', row(0, { action: [1, 2] })],
    [
      'prediction',
      row(0, { prediction: { firstStep: 1, mean: new Float32Array(3), std: new Float32Array(3) } }),
    ],
  ])('refuses a row with the wrong number of %s', (word, wrong) => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    expect(() => store.recorder.append(id, [wrong], [])).toThrow(word);
  });

  it.each([
    ['NaN', row(3, { observation: [3.1, Number.NaN] }), 'observation 2 at step 3 is NaN'],
    [
      'infinite',
      row(3, { observation: [Number.POSITIVE_INFINITY, 3.2] }),
      'observation 1 at step 3 is Infinity',
    ],
  ])(
    'ends before an observation that is %s, as interrupted and with the reason among its events',
    (_, wrong, why) => {
      const { store, log } = openStore();
      const id = log.beginEpisode(newEpisode());
      expect(() => store.recorder.append(id, [...rows(0, 3), wrong], [])).toThrow(why);
      store.recorder.append(id, [row(4)], []);
      expect(log.endEpisode(id, complete)).toMatchObject({ state: 'interrupted', steps: 2 });
      expect([...log.columns(id).observations].every(Number.isFinite)).toBe(true);
      expect(log.events(id)).toMatchObject([
        { step: 2, kind: 'rig-fault', message: expect.stringContaining(why) },
      ]);
    },
  );

  it('takes an unknown action in the last row and nowhere else', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    store.recorder.append(id, [row(0), row(1, { action: [Number.NaN] })], []);
    expect(() => store.recorder.append(id, [row(2)], [])).toThrow('action 1 at step 1 is NaN');
    expect(log.endEpisode(id, complete)).toMatchObject({ state: 'interrupted', steps: 1 });
  });

  it('that fails on a full disk keeps its rows and writes them when there is room again', () => {
    const { database, store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    const pages = Number(database.pragma('page_count', { simple: true }));
    database.pragma(`max_page_count = ${pages}`);
    store.recorder.append(id, rows(0, 500), [{ step: 3, kind: 'note', message: 'here' }]);
    let thrown: unknown;
    try {
      store.recorder.flush();
    } catch (error) {
      thrown = error;
    }
    expect(asLogError(thrown, '/data/bench')).toMatchObject({
      code: 'unavailable',
      message: 'The disk that holds the workspace /data/bench is full.',
    });
    expect(() => log.endEpisode(id, complete)).toThrow('full');
    database.pragma('max_page_count = 1000000');
    store.recorder.append(id, rows(500, 501), []);
    expect(log.endEpisode(id, complete)).toMatchObject({ state: 'complete', steps: 500 });
    expect(log.events(id)).toHaveLength(1);
    expect(log.columns(id).rows).toBe(501);
  });
});

describe('the undo journal', () => {
  it('brings a discarded episode back as the complete one it was', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    store.recorder.append(id, rows(0, 5), []);
    log.endEpisode(id, { state: 'discarded', terminated: false, reason: 'Discarded.' });
    expect(log.episodes()).toEqual([]);
    expect(log.episodes({ deleted: 'too' })).toMatchObject([{ id, state: 'discarded', steps: 4 }]);
    expect(log.undo()).toBe(`Discarded episode ${id}`);
    expect(log.episodes()).toMatchObject([{ id, state: 'complete', deletedAt: null }]);
  });

  it('brings back what was deleted, whatever was changed after it, and that can be undone as well', () => {
    const { store, log } = openStore();
    const [a, b, c] = [recorded(store, 2), recorded(store, 2), recorded(store, 2)].map(({ id }) => id);
    const shown = () => log.episodes().map(({ id }) => id);
    log.deleteEpisodes([a, b]);
    log.deleteEpisodes([c]);
    log.restoreEpisodes([a, b]);
    expect(shown()).toEqual([a, b]);
    // Nothing was deleted of it: no entry.
    log.restoreEpisodes([a]);
    expect(log.undo()).toBe('Brought back 2 episodes');
    expect(shown()).toEqual([]);
  });

  it('undoes and redoes an import as a whole', () => {
    const { store, log } = openStore();
    const source = recorded(store, 4);
    const whole = {
      episode: newEpisode({ source: 'import' }),
      startedAt: 5,
      columns: log.columns(source.id),
      terminated: false,
      reason: 'From a.csv.',
      tags: ['bench'],
    };
    const ids = log.addEpisodes([whole, whole], 'Imported 2 episodes');
    expect(log.episodes({ source: 'import' })).toMatchObject([
      { id: ids[0], startedAt: 5, steps: 3, return: 3, tags: ['bench'], state: 'complete' },
      { id: ids[1] },
    ]);
    expect(log.undo()).toBe('Imported 2 episodes');
    expect(log.episodes()).toEqual([log.episode(source.id)]);
    log.redo();
    expect(log.episodes({ tags: ['bench'] }).map((episode) => episode.id)).toEqual(ids);
  });

  it('adds all of an import or nothing', () => {
    const { store, log } = openStore();
    const { id } = recorded(store, 4);
    const good = {
      episode: newEpisode(),
      startedAt: 0,
      columns: log.columns(id),
      terminated: false,
      reason: '',
      tags: [],
    };
    const bad = { ...good, columns: { ...good.columns, rows: 3 } };
    const before = log.episodes();
    expect(() => log.addEpisodes([good, bad], 'Imported')).toThrow('3 rows');
    expect(log.episodes({ deleted: 'too' })).toEqual(before);
    expect(log.undo()).toBeNull();
  });

  it('leads back to the beginning and forward to the end through any edits, and drops what a new edit overtakes', () => {
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('delete'), ids: fc.uniqueArray(fc.constantFrom(1, 2, 3)) }),
      fc.record({
        kind: fc.constant('tag'),
        ids: fc.uniqueArray(fc.constantFrom(1, 2, 3)),
        tags: fc.array(fc.constantFrom('good', 'bad', ' good ', '')),
      }),
      fc.constant({ kind: 'undo' }),
      fc.constant({ kind: 'redo' }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
        const { store, log } = openStore();
        for (let i = 0; i < 3; i++) recorded(store, 2);
        const state = () => JSON.stringify(log.episodes({ deleted: 'too' }));
        // The model: every state so far, and where we stand in them.
        let states = [state()];
        let at = 0;
        for (const step of edits) {
          if (step.kind === 'undo') expect(log.undo() === null).toBe(at === 0);
          else if (step.kind === 'redo') expect(log.redo() === null).toBe(at === states.length - 1);
          else if ('tags' in step) log.tagEpisodes(step.ids, step.tags);
          else if ('ids' in step) log.deleteEpisodes(step.ids);
          if (step.kind === 'undo') at = Math.max(0, at - 1);
          else if (step.kind === 'redo') at = Math.min(states.length - 1, at + 1);
          else if (state() !== states[at]) {
            states = [...states.slice(0, at + 1), state()];
            at += 1;
          }
          expect(state()).toBe(states[at]);
        }
        while (log.undo() !== null) at -= 1;
        expect(at).toBe(0);
        expect(state()).toBe(states[0]);
        while (log.redo() !== null) at += 1;
        expect(state()).toBe(states.at(-1));
      }),
      { numRuns: 60 },
    );
  });

  it('refuses to delete an episode that is being recorded', () => {
    const { log } = openStore();
    const id = log.beginEpisode(newEpisode());
    expect(() => log.deleteEpisodes([id])).toThrow(`Episode ${id} is being recorded.`);
  });
});

describe('lists', () => {
  it('can be narrowed to a rig, a source and a tag', () => {
    const { store, log } = openStore();
    const add = (change: Parameters<typeof newEpisode>[0]) => {
      const id = log.beginEpisode(newEpisode(change));
      store.recorder.append(id, rows(0, 2), []);
      return log.endEpisode(id, complete).id;
    };
    const a = add({ rig: 'left', source: 'random' });
    const b = add({ rig: 'left', source: 'mpc' });
    const c = add({ rig: 'right', source: 'mpc' });
    log.tagEpisodes([b, c], ['keep']);
    const ids = (filter?: Parameters<typeof log.episodes>[0]) => log.episodes(filter).map((e) => e.id);
    expect(ids()).toEqual([a, b, c]);
    expect(ids({ rig: 'left' })).toEqual([a, b]);
    expect(ids({ rig: 'left', source: 'mpc' })).toEqual([b]);
    expect(ids({ tags: ['keep'] })).toEqual([b, c]);
    expect(ids({ tags: ['kee'] })).toEqual([]);
    log.deleteEpisodes([b]);
    expect(ids({ tags: ['keep'] })).toEqual([c]);
    expect(ids({ tags: ['keep'], deleted: 'too' })).toEqual([b, c]);
  });

  it('show runs with their episodes, and models with what is known of them', () => {
    const { store, log } = openStore();
    const settings = { planner: 'mppi', samples: 500 };
    const run = log.beginRun({ rig: 'bench', model: 'abc', policy: null, settings });
    const id = log.beginEpisode(newEpisode({ run }));
    store.recorder.append(id, rows(0, 2), []);
    expect(log.endEpisode(id, complete).run).toBe(run);
    log.endRun(run);
    expect(log.runs()).toMatchObject([{ id: run, rig: 'bench', model: 'abc', settings, episodes: [id] }]);
    expect(log.runs()[0]?.endedAt).toBeGreaterThan(log.runs()[0]?.startedAt ?? Number.NaN);

    const model = {
      hash: 'abc',
      name: 'first',
      createdAt: 17,
      rig: 'bench',
      options: { members: 5 },
      metrics: [1, 2],
      evaluation: null,
      episodes: [id],
    };
    log.addModel(model);
    log.updateModel('abc', { name: 'pole', evaluation: { rmse: 0.1 } });
    expect(log.models()).toEqual([{ ...model, name: 'pole', evaluation: { rmse: 0.1 } }]);
    log.undo();
    expect(log.models()[0]?.name).toBe('first');
    expect(() => log.updateModel('abd', { name: 'x' })).toThrow('There is no model abd');
  });

  it('show policies with what is known of them, until one is removed, and what is removed comes back', () => {
    const { log } = openStore();
    const run = log.beginRun({ rig: 'bench', model: null, policy: 'abc', settings: {} });
    expect(log.runs()).toMatchObject([{ id: run, model: null, policy: 'abc' }]);
    const policy = {
      ...{ hash: 'abc', name: 'first', createdAt: 17, rig: 'bench' },
      ...{ summary: { steps: 5 }, evaluation: null },
    };
    log.addPolicy(policy);
    log.updatePolicy('abc', { name: 'pole', evaluation: { mean: 1 } });
    const known = { ...policy, name: 'pole', evaluation: { mean: 1 } };
    expect(log.policies()).toEqual([known]);
    log.updatePolicy('abc', { removed: true });
    expect(log.policies()).toEqual([]);
    expect(log.undo()).toBe('Removed a policy');
    expect(log.policies()).toEqual([known]);
    log.redo();
    log.addPolicy({ ...policy, hash: 'later' });
    log.updatePolicy('later', { name: 'changed since' });
    log.updatePolicy('abc', { removed: false });
    expect(log.policies()).toMatchObject([{ hash: 'abc', name: 'pole' }, { name: 'changed since' }]);
    expect(log.undo()).toBe('Brought back a policy');
    log.updatePolicy('later', { removed: true });
    log.addPolicy(policy);
    expect(log.policies()).toEqual([policy]);
    expect(() => log.updatePolicy('abd', { name: 'x' })).toThrow('There is no policy abd');
  });

  it('of two thousand episodes come all of them, with the same channels said once', () => {
    const { store, log } = openStore();
    const source = recorded(store, 2);
    const whole = {
      episode: newEpisode(),
      startedAt: 0,
      columns: log.columns(source.id),
      terminated: false,
      reason: '',
      tags: ['a'],
    };
    log.addEpisodes(new Array(2000).fill(whole), 'Imported many');
    const listed = log.episodes({ rig: 'bench' });
    expect(listed).toHaveLength(2001);
    expect(new Set(listed.map((episode) => episode.observations)).size).toBe(1);
  });
});
