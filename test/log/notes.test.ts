import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { sqliteOptions } from '../../src/main/log/binding';
import { migrate } from '../../src/main/log/schema';
import { LogStore } from '../../src/main/log/store';
import { newEpisode, rows } from './fixtures';

const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;

function openStore() {
  const database = new Database(':memory:', sqliteOptions());
  migrate(database);
  const store = new LogStore(database);
  return { store, log: store.handlers };
}

describe('a note of a person', () => {
  it('stands among the events of its step, also while the episode is recorded, and can be taken back', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    store.recorder.append(id, rows(0, 10), [{ step: 4, kind: 'overrun', message: 'late' }]);
    store.recorder.flush();
    log.addNote(id, 4, '  It slipped. ');
    store.recorder.append(id, rows(10, 20), [{ step: 12, kind: 'overrun', message: 'late' }]);
    log.endEpisode(id, complete);
    log.addNote(id, 19, 'Well done.');
    const noted = [
      { step: 4, kind: 'overrun', message: 'late' },
      { step: 4, kind: 'note', message: 'It slipped.' },
      { step: 12, kind: 'overrun', message: 'late' },
      { step: 19, kind: 'note', message: 'Well done.' },
    ];
    expect(log.events(id)).toEqual(noted);
    expect(log.undo()).toBe(`Noted at step 19 of episode ${id}`);
    log.undo();
    expect(log.events(id)).toEqual([noted[0], noted[2]]);
    log.redo();
    log.redo();
    expect(log.events(id)).toEqual(noted);
    expect(log.episode(id)).toMatchObject({ steps: 19, overruns: 2 });
  });

  it('says something, at a step that there is', () => {
    const { store, log } = openStore();
    const id = log.beginEpisode(newEpisode());
    store.recorder.append(id, rows(0, 10), []);
    log.endEpisode(id, complete);
    for (const step of [-1, 10, 0.5])
      expect(() => log.addNote(id, step, 'x')).toThrow('its steps are 0 to 9');
    expect(() => log.addNote(id, 1, '  ')).toThrow('without a word');
    expect(() => log.addNote(99, 1, 'x')).toThrow('no episode 99');
    expect(log.events(id)).toEqual([]);
    expect(log.undo()).toBeNull();
  });
});

describe('what an episode comes from', () => {
  it('is the rig as it was, the version, and the run with its task, model and policy', () => {
    const { log } = openStore();
    const rigFile = { name: 'bench', task: { reward: 'cos(angle)' }, calibration: { offset: 0.25 } };
    const alone = log.beginEpisode(newEpisode({ rigFile, software: '1.2.3' }));
    expect(log.origin(alone)).toEqual({
      ...{ software: '1.2.3', seed: 7, rigFile, run: null },
      task: { reward: 'cos(angle)' },
    });
    const [model, policy] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const nothing = { options: {}, metrics: {}, evaluation: null, episodes: [] };
    log.addModel({ hash: model, name: 'm', createdAt: 1, rig: 'bench', ...nothing });
    const settings = { planner: { method: 'mppi' }, task: { reward: '1' } };
    const run = log.beginRun({ rig: 'bench', model, policy, settings });
    const driven = log.beginEpisode(newEpisode({ rigFile, run, seed: null }));
    expect(log.origin(driven)).toMatchObject({
      ...{ software: null, seed: null, task: { reward: '1' } },
      run: { id: run, settings, model: { hash: model, name: 'm' }, policy: { hash: policy, name: null } },
    });
    expect(() => log.origin(99)).toThrow('no episode 99');
  });
});
