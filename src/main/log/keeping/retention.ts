import type { EpisodeSummary } from '../../../shared/episode';
import type { RetentionRule } from '../../../shared/workspace';

export interface Leaving {
  id: number;
  bytes: number;
  why: 'too old' | 'too much';
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * Which episodes a rule lets go: those that are too old, then the oldest of the others until the rest is small enough. One that
 * is being recorded or carries a tag that keeps it stays, and counts; one that was deleted is gone already.
 * @param bytes of what was recorded, by episode
 * @param now Unix time, ms
 */
export function leaving(
  episodes: readonly Pick<EpisodeSummary, 'id' | 'startedAt' | 'state' | 'tags' | 'deletedAt'>[],
  bytes: ReadonlyMap<number, number>,
  rule: RetentionRule,
  now: number,
): Leaving[] {
  const { keepDays, mostBytes, keepTags } = rule;
  const there = episodes.filter(({ deletedAt }) => deletedAt === null);
  const sizeOf = ({ id }: { id: number }) => bytes.get(id) ?? 0;
  let left = there.reduce((sum, episode) => sum + sizeOf(episode), 0);
  const mayGo = there
    .filter(({ state, tags }) => state !== 'recording' && !tags.some((tag) => keepTags.includes(tag)))
    .sort((a, b) => a.startedAt - b.startedAt || a.id - b.id);
  const going: Leaving[] = [];
  for (const episode of mayGo) {
    const old = keepDays !== undefined && now - episode.startedAt > keepDays * DAY_MS;
    const much = mostBytes !== undefined && left > mostBytes;
    if (!old && !much) break; // whatever comes is newer
    left -= sizeOf(episode);
    going.push({ id: episode.id, bytes: sizeOf(episode), why: old ? 'too old' : 'too much' });
  }
  return going;
}
