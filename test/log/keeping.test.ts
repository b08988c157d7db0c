import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Log, openLog } from '../../src/main/log';
import { backupWorkspace } from '../../src/main/log/keeping/backup';
import { compactLog } from '../../src/main/log/keeping/compact';
import { leaving } from '../../src/main/log/keeping/retention';
import { readRule, ruleFile } from '../../src/main/log/keeping/rule-file';
import { EPISODE_STATES } from '../../src/shared/episode';
import { RetentionRule } from '../../src/shared/workspace';
import { newEpisode, row, rows } from './fixtures';
import { temporaryFolder } from './folder';

const complete = { state: 'complete', terminated: false, reason: 'Step limit.' } as const;

async function record(log: Log, length: number): Promise<number> {
  const id = await log.beginEpisode(newEpisode());
  log.appendRows(id, rows(0, length), []);
  await log.endEpisode(id, complete);
  return id;
}

describe('a backup', () => {
  it('made while an episode is recorded is a workspace of its own, with the files beside the log', async () => {
    const folder = temporaryFolder();
    const copy = join(temporaryFolder(), 'copy');
    const log = await openLog(folder);
    await record(log, 3000);
    mkdirSync(join(folder, 'rigs', 'mine'), { recursive: true });
    writeFileSync(join(folder, 'rigs', 'mine', 'rig.json'), '{}');
    mkdirSync(join(folder, 'uploads', '1'), { recursive: true });
    writeFileSync(join(folder, 'uploads', '1', 'file.csv'), 'time');
    symlinkSync(folder, join(folder, 'rigs', 'link'));
    const id = await log.beginEpisode(newEpisode());
    let step = 0;
    // A commit between any two parts of the copy: whoever starts anew with every change never comes to an end.
    let words = 0;
    const done = await backupWorkspace(folder, copy, {
      onPages: () => {
        words += 1;
        log.appendRows(id, [row(step++)], []);
      },
    });
    expect(words).toBeGreaterThan(0);
    expect(done).toEqual({ folder: copy, episodes: 2, files: 1, leftOut: [join('rigs', 'link')] });
    expect(await log.endEpisode(id, complete)).toMatchObject({ state: 'complete', steps: step - 1 });
    await log.close();

    expect(readdirSync(copy).sort()).toEqual(expect.arrayContaining(['foresight.db', 'rigs']));
    expect(existsSync(join(copy, 'uploads')) || existsSync(join(copy, 'foresight.lock'))).toBe(false);
    expect(readFileSync(join(copy, 'rigs', 'mine', 'rig.json'), 'utf8')).toBe('{}');
    const reader = await openLog(copy, { readonly: true });
    expect((await reader.columns(1)).rows).toBe(3000);
    await reader.close();
    const restored = await openLog(copy);
    expect(await restored.check()).toMatchObject({ episodes: 2, damage: [], database: [] });
    expect(await restored.episode(id)).toMatchObject({ state: 'interrupted' });
    expect(await record(restored, 3)).toBe(id + 1);
    await restored.close();
  });

  it('replaces nothing, does not lie in what it copies, and leaves nothing when it is stopped', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    await record(log, 3000);
    await log.close();
    const other = temporaryFolder();
    writeFileSync(join(other, 'mine'), '');
    await expect(backupWorkspace(folder, other)).rejects.toMatchObject({ code: 'wrong-use' });
    await expect(backupWorkspace(folder, join(other, 'mine'))).rejects.toMatchObject({ code: 'wrong-use' });
    await expect(backupWorkspace(folder, join(folder, 'exports', 'copy'))).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining('lies in the workspace'),
    });
    await expect(backupWorkspace(join(other, 'none'), join(other, 'copy'))).rejects.toMatchObject({
      code: 'not-found',
    });
    const stopped = backupWorkspace(folder, join(other, 'copy'), { stop: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(other)).toEqual(['mine']);
    // One that was killed half-way is in nobody's way.
    mkdirSync(join(other, 'copy.part'));
    writeFileSync(join(other, 'copy.part', 'foresight.db'), 'half');
    expect(await backupWorkspace(folder, join(other, 'copy'))).toMatchObject({ episodes: 1 });
    expect(readdirSync(other).sort()).toEqual(['copy', 'mine']);
  });
});

describe('a rule of what is kept', () => {
  const DAY = 24 * 3600 * 1000;
  const episodes = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 1000 }),
      startedAt: fc.integer({ min: 0, max: 100 }).map((day) => day * DAY),
      state: fc.constantFrom(...EPISODE_STATES),
      tags: fc.constantFrom<string[]>([], ['keep'], ['other']),
      deletedAt: fc.constantFrom<number | null>(null, 5),
      bytes: fc.integer({ min: 0, max: 100 }),
    }),
    { selector: ({ id }) => id, maxLength: 30 },
  );
  const rules = fc.record({
    keepDays: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    mostBytes: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
  });

  it('lets go what it says and nothing else', () => {
    fc.assert(
      fc.property(episodes, rules, (all, { keepDays, mostBytes }) => {
        const rule = RetentionRule.parse({ keepDays, mostBytes });
        const bytes = new Map(all.map((one) => [one.id, one.bytes]));
        const now = 100 * DAY;
        const going = new Set(leaving(all, bytes, rule, now).map(({ id }) => id));
        const there = all.filter(({ deletedAt }) => deletedAt === null);
        const left = there.filter(({ id }) => !going.has(id));
        const mayGo = (one: (typeof all)[number]) => one.state !== 'recording' && !one.tags.includes('keep');
        const old = (one: (typeof all)[number]) =>
          keepDays !== undefined && now - one.startedAt > keepDays * DAY;
        const most = mostBytes ?? Number.POSITIVE_INFINITY;
        const leftBytes = left.reduce((sum, one) => sum + one.bytes, 0);
        expect(left.filter((one) => mayGo(one) && old(one))).toEqual([]);
        if (left.some(mayGo)) expect(leftBytes).toBeLessThanOrEqual(most);
        for (const one of all.filter(({ id }) => going.has(id))) {
          expect(mayGo(one) && one.deletedAt === null).toBe(true);
          // What is not too old goes only where the newer ones with it were too much, and older ones went before.
          if (old(one)) continue;
          const notOlder = there.filter((other) => !going.has(other.id) || other.startedAt >= one.startedAt);
          expect(notOlder.reduce((sum, other) => sum + other.bytes, 0)).toBeGreaterThan(most);
          expect(left.every((other) => !mayGo(other) || other.startedAt >= one.startedAt)).toBe(true);
        }
      }),
    );
  });

  it('is read from a file of the workspace, and one that says something else is refused', () => {
    const folder = temporaryFolder();
    expect(readRule(folder)).toBeNull();
    writeFileSync(ruleFile(folder), '{ "keepDays": 30 }');
    expect(readRule(folder)).toMatchObject({ keepDays: 30, keepTags: ['keep'] });
    for (const wrong of ['{ "keepDay": 30 }', '{ "keepDays": -1 }', 'keep 30']) {
      writeFileSync(ruleFile(folder), wrong);
      expect(() => readRule(folder)).toThrow('does not say what is to be kept');
    }
  });
});

describe('a compaction', () => {
  it('takes deleted episodes away for good and gives their room back, and undo reaches what is left', async () => {
    const folder = temporaryFolder();
    const log = await openLog(folder);
    for (let i = 0; i < 4; i++) await record(log, 2000);
    await log.tagEpisodes([1, 2], ['good']);
    await log.deleteEpisodes([2, 4]);
    const before = await log.size();
    expect(before).toMatchObject({ episodes: 4, deletedEpisodes: 2, unusedBytes: expect.any(Number) });
    const bytes = await log.episodeBytes();
    expect(before.deletedBytes).toBe((bytes.get(2) ?? 0) + (bytes.get(4) ?? 0));
    expect(before.logBytes).toBeGreaterThan(before.deletedBytes);
    expect(() => compactLog(folder)).toThrow('in use by another Foresight');
    await log.close();

    const done = compactLog(folder);
    expect(done).toMatchObject({ episodes: [2, 4], policies: [] });
    expect(done.bytesAfter).toBeLessThan(done.bytesBefore - before.deletedBytes / 2);
    const again = await openLog(folder);
    expect(await again.check()).toMatchObject({ episodes: 2, damage: [], database: [] });
    expect(await again.size()).toMatchObject({ episodes: 2, deletedEpisodes: 0, deletedBytes: 0 });
    expect((await again.columns(3)).rows).toBe(2000);
    // The deletion is forgotten; of the tags, those of the episode that is left.
    expect(await again.undo()).toBe('Tagged 2 episodes: good');
    expect(await again.undo()).toBeNull();
    expect(await again.episode(1)).toMatchObject({ tags: [] });
    expect(await record(again, 3)).toBe(5);
    await again.close();
  });
});
