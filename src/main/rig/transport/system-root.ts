import { join } from 'node:path';

/** Where "/sys", "/dev", "/proc" and "/etc" are: elsewhere in a container that has those of its computer mounted, and in tests. */
export function systemPath(path: string, root = process.env.FORESIGHT_SYSTEM_ROOT ?? '/'): string {
  return join(root, path);
}
