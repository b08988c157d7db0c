import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';
import { app } from 'electron';

/** Weaker than the core and the rig processes (0), stronger than training (10). */
const DRAWING_NICE = 5;

/**
 * Drawing waits for control, not the other way round: without a graphics card it is drawn by the processor, which
 * would otherwise make the loop and the planner late. Call it again after the window has loaded: its processes
 * come and go.
 */
export function lowerDrawingPriority(): void {
  for (const { pid, type } of app.getAppMetrics()) {
    if (type !== 'GPU' && type !== 'Tab') continue;
    for (const thread of threadsOf(pid)) {
      try {
        setPriority(thread, DRAWING_NICE);
      } catch (thrown) {
        // A thread that has just ended needs no priority.
        if ((thrown as { code?: string }).code !== 'ERR_SYSTEM_ERROR') throw thrown;
      }
    }
  }
}

/** Linux gives every thread a priority of its own, other systems the process. */
function threadsOf(pid: number): number[] {
  if (process.platform !== 'linux') return [pid];
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // the process has just ended
  }
}
