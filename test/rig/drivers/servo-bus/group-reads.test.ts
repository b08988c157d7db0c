import { expect, it } from 'vitest';
import { GroupReads } from '../../../../src/main/rig/drivers/servo-bus/group-reads';

const FAST = 1;
const PLAIN = 2;
const both = { fastSyncRead: () => Uint8Array.of(FAST), syncRead: () => Uint8Array.of(PLAIN) };
const ids = [1, 2];

it('asks for one answer of all of them, but not of a single motor', () => {
  const groups = new GroupReads(both);
  expect(groups.question(ids, 0, 1)).toMatchObject({ bytes: Uint8Array.of(FAST), packets: 1 });
  expect(groups.question([1], 0, 1)).toMatchObject({ bytes: Uint8Array.of(PLAIN), packets: 1 });
  expect(new GroupReads({ syncRead: both.syncRead }).question(ids, 0, 1)).toMatchObject({ packets: 2 });
});

it('leaves fast reads alone for a while when nothing comes of them, and then tries one', () => {
  const groups = new GroupReads(both);
  let fast = 0;
  for (let i = 0; i < 1000; i++) {
    const question = groups.question(ids, 0, 1);
    if (question?.bytes[0] === FAST) fast++;
    question?.heard(question.bytes[0] === PLAIN);
  }
  expect(fast).toBe(7);
});

it('goes on with fast reads when one of them was lost', () => {
  const groups = new GroupReads(both);
  for (let i = 0; i < 20; i++) {
    const question = groups.question(ids, 0, 1);
    expect(question?.bytes[0]).toBe(FAST);
    question?.heard(i % 3 === 0);
  }
});

it('asks nothing together where the motors cannot be', () => {
  expect(new GroupReads({}).question(ids, 0, 1)).toBeUndefined();
});
