import { nodeHost } from '../../src/main/processes/node-host';
import type { Host, SpawnedProcess } from '../../src/main/processes/port';

/** The host, and the process it started last. */
export function watchedHost(): Host & { child: SpawnedProcess | undefined } {
  const host = nodeHost();
  const watched: Host & { child: SpawnedProcess | undefined } = {
    kind: 'node',
    child: undefined,
    spawn: async (entry, options) => {
      watched.child = await host.spawn(entry, options);
      return watched.child;
    },
  };
  return watched;
}
