import { type ChildProcess, fork } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { nodeHost } from '../../src/main/processes/node-host';

vi.mock('node:child_process', async (original) => {
  const real = await original<typeof import('node:child_process')>();
  return { ...real, fork: vi.fn(real.fork) };
});

it('a rig process that is given up after an error of its channel is let go of, and ends by itself', async () => {
  const given = await nodeHost().spawn('rig-process', { label: 'The process' });
  const closed = new Promise<string>((resolve) => given.onClose(resolve));
  const child: ChildProcess = vi.mocked(fork).mock.results[0]?.value;
  const exited = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  child.emit('error', new Error('the channel is broken'));
  expect(await closed).toBe('The process failed: the channel is broken');
  // No signal: it has seen that nobody is there any more.
  expect(await exited).toEqual([0, null]);
});
