import { expect, it } from 'vitest';
import { newestOnly } from '../../../src/renderer/store/newest';

it('asks for one thing at a time, and of what is wanted meanwhile for the newest', async () => {
  const asked: { wanted: number; answer: () => void }[] = [];
  const want = newestOnly<number>((wanted) => new Promise((answer) => asked.push({ wanted, answer })));
  const wanted = () => asked.map((each) => each.wanted);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  for (const second of [1, 2, 3]) want(second);
  expect(wanted()).toEqual([1]);
  asked[0]?.answer();
  await settle();
  expect(wanted()).toEqual([1, 3]);
  asked[1]?.answer();
  await settle();
  expect(wanted()).toEqual([1, 3]);
  want(4);
  expect(wanted()).toEqual([1, 3, 4]);
});
