import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes whose environment has FORESIGHT_MARK=mark: a program that was started with it and whatever it started. Linux only;
 * elsewhere nobody can be seen.
 * @returns their command lines
 */
export function markedProcesses(mark: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!environment.includes(`FORESIGHT_MARK=${mark}`)) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`];
    } catch {
      return []; // it has just ended, or is not ours
    }
  });
}
