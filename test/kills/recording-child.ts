/**
 * A core that records a simulated rig into the workspace argv[2], episode after episode with seed argv[3], until it is killed. Says
 * every row as the rig's process sent it, before anything of the core has seen it, and every episode that it was told is kept.
 */
import { writeSync } from 'node:fs';
import type { TickMessage } from '../../src/main/control/messages';
import { createCore } from '../../src/main/core';
import { version } from '../../src/main/installation/version';
import { hostHere } from '../../src/main/processes/here-host';
import type { Host, SpawnedProcess } from '../../src/main/processes/port';
import { patientRig } from '../rig/patient-rig';

const [folder = '', seed = '0'] = process.argv.slice(2);
const say = (...words: (string | number)[]) => writeSync(1, `${words.join(' ')}\n`);
const now = () => performance.timeOrigin + performance.now();

const said = new WeakSet<object>();
function sayRow(message: unknown): void {
  const tick = message as TickMessage;
  // Several may listen to the same message.
  if (typeof message !== 'object' || message === null || tick.type !== 'tick' || said.has(message)) return;
  said.add(message);
  const { episode, step, observation, action, last } = tick;
  say('row', episode, step, now(), JSON.stringify({ observation, action: last ? [] : action }));
}

function overheard(child: SpawnedProcess): SpawnedProcess {
  return {
    pid: child.pid,
    post: (message, onSent) => child.post(message, onSent),
    passedOn: (message) => child.passedOn?.(message),
    onMessage: (listener) =>
      child.onMessage((message) => {
        sayRow(message);
        listener(message);
      }),
    onClose: (listener) => child.onClose(listener),
    close: () => child.close(),
    kill: () => child.kill(),
  };
}

const here = hostHere();
const host: Host = {
  kind: here.kind,
  spawn: async (entry, options) => {
    const child = await here.spawn(entry, options);
    return entry === 'rig-process' ? overheard(child) : child;
  },
};
const core = await createCore({ folder, host, hostKind: 'node', version });
core.log.onFailure((message) => say('failure', message));
// A starved computer would bring it to hold, and end its episode by itself.
await core.rig.connect({ rig: patientRig(folder, 'pendulum'), mode: 'realtime', seed: Number(seed) });
await core.activity.record(
  { episodes: 1000, maxSteps: 25, seed: Number(seed) },
  { onEpisode: ({ summary }) => say('kept', summary.id, summary.steps) },
);
