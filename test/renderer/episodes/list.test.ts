import '../window';
import { describe, expect, test } from 'vitest';
import { ANY } from '../../../src/renderer/episodes/filter';
import { actedOn, listed, pickedPair } from '../../../src/renderer/episodes/list';
import { episode } from '../episode';

const ALL = [1, 2, 3].map((id) => episode({ id, tags: id === 2 ? ['clean'] : [] }));

describe('the list of episodes', () => {
  test('has the newest first and only what the filter lets through', () => {
    expect(listed(ALL, ANY).map(({ id }) => id)).toEqual([3, 2, 1]);
    expect(listed(ALL, { ...ANY, text: 'clean' }).map(({ id }) => id)).toEqual([2]);
    expect(ALL.map(({ id }) => id)).toEqual([1, 2, 3]);
  });
});

describe('delete and tag', () => {
  test('act on what is picked, and on nothing that the filter hides', () => {
    expect(actedOn(listed(ALL, ANY), new Set([1, 3]), ALL[1])).toEqual([3, 1]);
    expect(actedOn(listed(ALL, { ...ANY, text: 'clean' }), new Set([1, 2]), undefined)).toEqual([2]);
    expect(actedOn(listed(ALL, { ...ANY, text: 'clean' }), new Set([1]), ALL[1])).toEqual([]);
    expect(actedOn(listed(ALL, { ...ANY, text: 'nowhere' }), new Set(), ALL[1])).toEqual([]);
  });
  test('act on the episode that is looked at where none is picked, on nothing without one', () => {
    expect(actedOn(ALL, new Set(), ALL[1])).toEqual([2]);
    expect(actedOn(ALL, new Set(), undefined)).toEqual([]);
  });
});

describe('a comparison', () => {
  test('is of the two that are picked and seen, the older first', () => {
    expect(pickedPair(listed(ALL, ANY), new Set([3, 1]))).toEqual([1, 3]);
    expect(pickedPair(ALL, new Set([1]))).toBeNull();
    expect(pickedPair(ALL, new Set([1, 2, 3]))).toBeNull();
    expect(pickedPair(listed(ALL, { ...ANY, text: 'clean' }), new Set([1, 2]))).toBeNull();
  });
});
