import { readFileSync } from 'node:fs';
import type { Host, SpawnedProcess } from '../processes/port';

/** Between two looks at the memory of a process. */
const LOOK_MS = 50;

/** The host, and the highest memory of what it starts. */
export function watching(host: Host): { host: Host; peakMB(): number | null; stop(): void } {
  let peak: number | null = null;
  const children: SpawnedProcess[] = [];
  const timer = setInterval(() => {
    for (const { pid } of children) peak = largest(peak, pid === undefined ? null : peakOf(pid));
  }, LOOK_MS);
  return {
    host: {
      kind: host.kind,
      spawn: async (entry, options) => {
        const child = await host.spawn(entry, options);
        children.push(child);
        return child;
      },
    },
    peakMB: () => peak,
    stop: () => clearInterval(timer),
  };
}

const largest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** The same for each process by itself: those of all of them together, at most. */
export function sumPeaks(host: Host): { host: Host; totalMB(): number | null; stop(): void } {
  const all: ReturnType<typeof watching>[] = [];
  return {
    host: {
      kind: host.kind,
      spawn: (entry, options) => {
        const one = watching(host);
        all.push(one);
        return one.host.spawn(entry, options);
      },
    },
    totalMB: () =>
      all
        .map((one) => one.peakMB())
        .reduce((sum, peak) => (sum === null || peak === null ? null : sum + peak), 0),
    stop: () => {
      for (const one of all) one.stop();
    },
  };
}

/** The system's high-water mark of a process's resident memory; null where there is no such thing, or no such process. */
export function peakOf(pid: number): number | null {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? (Number(found[1]) * 1024) / 1e6 : null;
  } catch {
    return null; // another system, or the process has ended
  }
}

export const ownPeakMB = (): number | null => peakOf(process.pid);
