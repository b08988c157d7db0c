import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { eventually } from '../eventually';

/** Every process that `pid` started, and those that they did. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n')) {
    const [child = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const family = (of: number): number[] =>
    (children.get(of) ?? []).flatMap((child) => [child, ...family(child)]);
  return family(pid);
}

/** Those of `pids` that are there: neither ended nor waiting to be buried. */
export function alive(pids: readonly number[]): string[] {
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,stat=,args=']).toString().split('\n');
  return listed.filter((line) => {
    const [pid, state = ''] = line.trim().split(/\s+/);
    return pids.includes(Number(pid)) && !state.startsWith('Z');
  });
}

/** Waits until none of `pids` is there; what still is stands in the failure. */
export function expectGone(pids: readonly number[]): Promise<void> {
  return eventually(() => expect(alive(pids)).toEqual([]), 100);
}
