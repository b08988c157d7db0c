import '../window';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shiftOf } from '../../../src/renderer/episodes/anchor';
import {
  beginOf,
  changedFilter,
  dayOf,
  endOf,
  filterWords,
  keptView,
  listedWords,
  narrowings,
  sortedBy,
} from '../../../src/renderer/episodes/list-view';
import {
  chosenOf,
  comparedOf,
  cutWords,
  EVERYTHING,
  isPicked,
  NOTHING,
  pickedCount,
  toggled,
  withPicked,
} from '../../../src/renderer/episodes/selection';

const picked = (...ids: number[]) => withPicked(NOTHING, ids);

describe('what is picked', () => {
  test('is some, or all that match but a few, and any of them is put in and out', () => {
    expect(pickedCount(toggled(picked(1, 3), 3), 9)).toBe(1);
    const few = toggled(EVERYTHING, 4);
    expect([isPicked(few, 4), isPicked(few, 5), pickedCount(few, 340_221)]).toEqual([false, true, 340_220]);
    expect(isPicked(withPicked(few, [4]), 4)).toBe(true);
    expect(pickedCount(toggled(few, 4), 9)).toBe(9);
  });

  test('is what the buttons act on, else the episode that is looked at where the list has it, else nothing', () => {
    expect(chosenOf(picked(1, 3), {}, 2)).toEqual({ ids: [1, 3] });
    expect(chosenOf(NOTHING, {}, 2)).toEqual({ ids: [2] });
    expect(chosenOf(NOTHING, {}, null)).toBeNull();
    expect(chosenOf(toggled(EVERYTHING, 7), { rig: 'arm' }, 2)).toEqual({
      matching: { rig: 'arm' },
      except: [7],
    });
  });

  test('is compared where it is a few, the oldest first', () => {
    expect(comparedOf(picked(3, 1, 2))).toEqual([1, 2, 3]);
    expect(comparedOf(picked(3))).toBeNull();
    expect(comparedOf(picked(1, 2, 3, 4, 5, 6, 7))).toBeNull();
    expect(comparedOf(EVERYTHING)).toBeNull();
  });
});

test('that only the first of very many are taken is said', () => {
  expect(cutWords(340_221, 100_000)).toBe(
    'These are the first 100\u2009000 of 340\u2009221 episodes that match.',
  );
  expect(cutWords(100_000, 100_000)).toBeNull();
});

describe('the filter', () => {
  test('is a sentence', () => {
    const filter = changedFilter(
      {},
      { rig: 'arm', outcome: 'failure', tags: ['clean', 'old'], text: ' slip ' },
    );
    expect(filterWords(filter)).toBe('of arm, judged failure, tagged clean and old, with “slip”');
    expect(listedWords({ total: 12, steps: 1 }, 340_221, filter)).toBe(
      '12 of 340\u2009221 episodes, of arm, judged failure, tagged clean and old, with “slip”: 1 step',
    );
    expect(listedWords({ total: 1, steps: 2400 }, 1, {})).toBe('1 episode: 2\u2009400 steps');
    expect(listedWords({ total: 2, steps: 0 }, 9, { deleted: 'only' })).toBe(
      '2 episodes, only deleted ones: 0 steps',
    );
  });

  test('asks for nothing that was emptied or switched off', () => {
    expect(
      changedFilter({ rig: 'arm', starred: true }, { rig: undefined, starred: false, tags: [], text: '' }),
    ).toEqual({});
    expect(narrowings({ text: 'a', rig: 'arm', starred: true, run: 3 })).toBe(2);
  });

  test('has whole days, as they begin and end here', () => {
    const day = '2026-03-29';
    expect(dayOf(beginOf(day))).toBe(day);
    expect(dayOf(endOf(day))).toBe('2026-03-30');
    expect(dayOf(Number(endOf(day)) - 1)).toBe(day);
    expect([beginOf(''), endOf(''), dayOf(undefined)]).toEqual([undefined, undefined, '']);
    expect(filterWords({ from: beginOf(day), to: endOf(day) })).toBe(`since ${day}, until ${day}`);
  });

  test('comes back as it was kept, but for what this version does not know', () => {
    const view = { filter: { rig: 'arm', starred: true }, sorting: { order: 'return', descending: false } };
    expect(keptView(JSON.parse(JSON.stringify(view)))).toEqual(view);
    const odd = { filter: { rig: 'arm', source: 'dream', colour: 'red' }, sorting: { order: 'colour' } };
    expect(keptView(odd)).toEqual({
      filter: { rig: 'arm' },
      sorting: { order: 'number', descending: true },
    });
    expect(keptView(undefined).filter).toEqual({});
  });
});

describe('the order', () => {
  test('of another column begins with the most, and turns round when it is asked for again', () => {
    const first = sortedBy({ order: 'number', descending: true }, 'return');
    expect(first).toEqual({ order: 'return', descending: true });
    expect(sortedBy(first, 'return')).toEqual({ order: 'return', descending: false });
  });
});

describe('rows in view', () => {
  test('are found again wherever episodes came or went before them', () => {
    const ids = fc.uniqueArray(fc.nat(99), { minLength: 5, maxLength: 30 });
    fc.assert(
      fc.property(ids, ids, fc.nat(20), fc.nat(4), (before, others, offset, at) => {
        const added = others.filter((id) => !before.includes(id));
        const now = { offset, ids: [...added, ...before] };
        expect(shiftOf({ offset, ids: before }, now, offset + at)).toBe(added.length);
        expect(shiftOf(now, { offset, ids: before }, offset + added.length + at)).toBe(-added.length);
      }),
    );
  });

  test('stay with the next one where the first is gone, and with nothing where all are', () => {
    expect(shiftOf({ offset: 10, ids: [5, 4, 3] }, { offset: 10, ids: [9, 4, 3] }, 10)).toBe(0);
    expect(shiftOf({ offset: 10, ids: [5, 4, 3] }, { offset: 0, ids: [7, 8] }, 10)).toBe(0);
  });
});
