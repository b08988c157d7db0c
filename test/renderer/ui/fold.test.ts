import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldEvents } from '../../../src/renderer/ui/fold';
import type { EpisodeEvent } from '../../../src/shared/episode';

const event = (step: number, kind: EpisodeEvent['kind'], message = ''): EpisodeEvent => ({
  step,
  kind,
  message,
});

test('neighbours alike become one entry with their range of steps', () => {
  const folded = foldEvents([
    event(9, 'note', 'a'),
    event(8, 'note', 'a'),
    event(8, 'stop'),
    event(3, 'note', 'a'),
  ]);
  expect(folded.map(({ kind, from, to, count }) => ({ kind, from, to, count }))).toEqual([
    { kind: 'note', from: 8, to: 9, count: 2 },
    { kind: 'stop', from: 8, to: 8, count: 1 },
    { kind: 'note', from: 3, to: 3, count: 1 },
  ]);
});

test('no event is lost, and no two neighbours are left alike', () => {
  const any = fc.record({
    step: fc.nat(100),
    kind: fc.constantFrom<EpisodeEvent['kind']>('note', 'overrun', 'stop'),
    message: fc.constantFrom('a', 'b'),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 50 }), (events) => {
      const folded = foldEvents(events);
      expect(folded.reduce((sum, f) => sum + f.count, 0)).toBe(events.length);
      folded.slice(1).forEach((f, i) => {
        expect(f.kind !== folded[i]?.kind || f.message !== folded[i]?.message).toBe(true);
      });
    }),
  );
});
