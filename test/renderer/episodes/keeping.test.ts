import { expect, test } from 'vitest';
import { formatBytes, ruleWords, sizeRows } from '../../../src/renderer/episodes/keeping/words';
import { RetentionRule } from '../../../src/shared/workspace';

test('a size is said in the unit that it is read in', () => {
  expect([0, 12_300, 4_560_000, 1.5e9].map(formatBytes)).toEqual(['0 kB', '12.3 kB', '4.56 MB', '1.50 GB']);
});

test('what takes a workspace is said, without what takes nothing', () => {
  const size = {
    ...{ totalBytes: 9, logBytes: 5, episodes: 2, deletedEpisodes: 1, deletedBytes: 2, unusedBytes: 0 },
    ...{ modelBytes: 4, exportBytes: 0, otherBytes: 0, diskFreeBytes: 100 },
  };
  expect(sizeRows(size)).toEqual([
    ['Log, 2 episodes', 5],
    ['of these deleted (1)', 2],
    ['Models, policies, checkpoints', 4],
  ]);
});

test('a rule is said as a sentence', () => {
  expect(ruleWords(RetentionRule.parse({ keepDays: 90, mostBytes: 2e9 }))).toBe(
    'Kept are episodes of the last 90.0 days; at most 2.00 GB, the newest first; whatever is tagged keep.',
  );
});
