import { expect, it } from 'vitest';
import { Rendezvous } from '../../src/main/tensor/engines/lane-rendezvous';

it('a side that came first goes on when the other one has come, and a side that begins late does not wait', () => {
  const memory = Rendezvous.memory();
  const [here, beside] = [new Rendezvous(memory, 'here'), new Rendezvous(memory, 'beside')];
  here.begin();
  expect(beside.begunAfter(0)).toBe(1);
  // Two turns of one side, so that the other meets it at once twice; its own second wait is over then.
  const numbers = new Int32Array(memory);
  Atomics.add(numbers, 3, 2);
  expect(here.meet()).toBe(true);
  expect(here.meet()).toBe(true);
  here.leave();
  expect(beside.begunAfter(1)).toBeNull();
});

it('a side that failed in its turn is not waited for', () => {
  const memory = Rendezvous.memory();
  const [here, beside] = [new Rendezvous(memory, 'here'), new Rendezvous(memory, 'beside')];
  here.begin();
  expect(beside.begunAfter(0)).toBe(1);
  beside.leave();
  expect(here.meet()).toBe(false);
});
