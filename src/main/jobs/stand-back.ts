import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lowers the priority of this process, so that it yields to the control loop, to planning and to the window. On Linux
 * priorities belong to threads and only new ones inherit: those that Node has started already (garbage collection
 * among them) are lowered one by one.
 * @param nice 1 to 19
 */
export function standBack(nice: number): void {
  setPriority(nice);
  if (process.platform !== 'linux') return;
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      setPriority(Number(thread), nice);
    } catch {
      // A thread that has ended meanwhile needs no priority.
    }
  }
}
