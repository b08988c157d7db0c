import { heardOf } from '../processes/heard';
import type { Host } from '../processes/port';
import { checkEngine, type EngineStatus, engineNames } from './engine';
import { ENGINE_NAMES, type EngineName } from './types';

/** A provider that asks a driver which never answers is not waited for. */
const PATIENCE_MS = 60_000;

/** What the process that checks engines is asked and tells (engines/check-process.ts). */
export interface ToCheckProcess {
  type: 'check';
  /** Already known, or dangerous. */
  except: EngineName[];
}
export type FromCheckProcess =
  | { type: 'checking'; name: EngineName }
  | { type: 'checked'; status: EngineStatus }
  | { type: 'done' };

const listed = new WeakMap<Host, Promise<EngineStatus[]>>();

/**
 * Tries every engine of this system, for the choice shown in the window. With a host this happens once, in a process
 * apart: loading costs the caller nothing, and an engine whose native code ends the process has that as its reason.
 * Without one it happens in this process, which such an engine would end.
 */
export function listEngines(host?: Host): Promise<EngineStatus[]> {
  if (!host) return listHere();
  const known = listed.get(host);
  if (known) return known;
  const listing = listApart(host);
  listed.set(host, listing);
  listing.catch(() => listed.delete(host));
  return listing;
}

async function listHere(): Promise<EngineStatus[]> {
  const statuses: EngineStatus[] = [];
  for (const name of await engineNames()) statuses.push(await checkEngine(name));
  return statuses;
}

/** A process that ends while it checks an engine is followed by one that leaves this engine out. */
async function listApart(host: Host): Promise<EngineStatus[]> {
  const statuses: EngineStatus[] = [];
  for (;;) {
    const ended = await checkApart(host, statuses);
    if (!ended) return inOrder(statuses);
    if (!ended.during) throw new Error(ended.reason);
    statuses.push(crashed(ended.during, ended.reason));
  }
}

const inOrder = (statuses: EngineStatus[]): EngineStatus[] =>
  statuses.sort((a, b) => ENGINE_NAMES.indexOf(a.name) - ENGINE_NAMES.indexOf(b.name));

/** Adds to `statuses` until all are known (undefined) or the process ended too early. */
async function checkApart(
  host: Host,
  statuses: EngineStatus[],
): Promise<{ during: EngineName | undefined; reason: string } | undefined> {
  const child = await host.spawn('check-process', { label: 'The process that tries the engines' });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve) => {
      let during: EngineName | undefined;
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve({ during, reason: 'It did not answer.' }), PATIENCE_MS);
      };
      child.onMessage((received) => {
        const known = { checking: true, checked: true, done: true } as const;
        const message = heardOf<FromCheckProcess>(known, received, 'the process that tries the engines');
        if (!message) return;
        wait();
        if (message.type === 'checking') during = message.name;
        else if (message.type === 'checked') statuses.push(message.status);
        else resolve(undefined);
      });
      child.onClose((reason) => resolve({ during, reason }));
      wait();
      child.post({ type: 'check', except: statuses.map(({ name }) => name) } satisfies ToCheckProcess);
    });
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}

function crashed(name: EngineName, reason: string): EngineStatus {
  return {
    name,
    available: false,
    reason: `The engine "${name}" is not available: trying it in a process of its own failed. ${reason}`,
    next: 'Update the driver or library that it uses, or use "onnxruntime".',
  };
}
