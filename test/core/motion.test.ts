import { expect, it } from 'vitest';
import { Motion, OwnPermit, stopped } from '../../src/main/core/motion';

it('a stop makes void every permit that was given before it, and none that is given after', () => {
  const motion = new Motion();
  const before = motion.permit();
  motion.rest(stopped('Held.'));
  expect(before.aborted).toBe(true);
  expect(before.reason).toMatchObject({ code: 'stopped', message: 'Held.' });
  expect(motion.permit().aborted).toBe(false);
});

it('after the end nothing gets a permit, and the first reason is the one that is told', () => {
  const motion = new Motion();
  motion.end(stopped('Stopped by Ctrl-C.'));
  motion.end(stopped('Closed.'));
  expect(() => motion.permit()).toThrow('Stopped by Ctrl-C.');
});

it('work that is withdrawn was not stopped, whatever comes after; work that was stopped was not withdrawn', () => {
  const motion = new Motion();
  const withdrawn = new OwnPermit(motion.permit());
  withdrawn.withdraw();
  const stoppedFirst = new OwnPermit(motion.permit());
  motion.rest(stopped('Held.'));
  stoppedFirst.withdraw();
  expect([withdrawn.withdrawn, withdrawn.signal.reason.code]).toEqual([true, 'cancelled']);
  expect([stoppedFirst.withdrawn, stoppedFirst.signal.reason.code]).toEqual([false, 'stopped']);
});
