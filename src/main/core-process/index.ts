import { asForesightError } from '../../shared/errors';
import { serveContract } from '../api';
import { type Core, createCore } from '../core';
import { DEFECT, ignoreClosedOutput, surviveDefects } from '../processes/defects';
import { endWithParent, within } from '../processes/ending';
import { heard } from '../processes/heard';
import { ToCore } from '../processes/messages';
import { relayHost } from '../processes/relay';
import { connectSupervisor } from './supervisor-link';

/**
 * The core in a process of its own, under a supervisor: Electron's main process or `foresight serve`. It serves
 * every client port that it is handed and asks the supervisor for the processes it needs, so that an e-stop can
 * reach them when the core cannot.
 */

/** What holding the rig, ending the jobs and closing the log may take; the supervisor waits a little longer. */
const CLOSE_MS = 6000;
/** What closing the log alone may take, when something else hangs. */
const CLOSE_LOG_MS = 1000;
/** Nothing that the core does keeps its event loop for so long; one that hangs could not be asked to end. */
const STALL_MS = 30_000;

let core: Promise<Core> | undefined;
/** The core when it serves; `core` may never come to its end. */
let serving: Core | undefined;
/** The supervisor has been told why there is no core. */
let failed = false;
let leaving = false;

async function start({ folder, version, notice }: Extract<ToCore, { type: 'start' }>): Promise<void> {
  if (core) return;
  const hostKind = 'parentPort' in process && process.parentPort ? 'electron' : 'node';
  core = createCore({ folder, version, hostKind, host: relay.host });
  try {
    serving = await core;
    if (notice) serving.notice(notice.level, notice.message, notice.next);
    tell({ type: 'ready' });
  } catch (thrown) {
    failed = true;
    tell({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}

/** Ends this process within seconds, whatever hangs: the rig process holds by itself, the log closes on its own. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  let code = 0;
  const closed = async () => {
    try {
      await (await core)?.close();
    } catch (thrown) {
      code = 1;
      if (!failed) console.error(thrown);
    }
  };
  if (await within(CLOSE_MS, closed())) process.exit(code);
  console.error('The core did not come to its end in time and is ended.');
  if (serving) await within(CLOSE_LOG_MS, serving.log.close());
  // Not by process.exit, which waits for threads that may be in the middle of a long call.
  process.kill(process.pid, 'SIGKILL');
}

const tell = connectSupervisor(
  (message, ports) => {
    if (relay.take(message, ports)) return;
    const said = heard(ToCore, message, 'the supervisor');
    if (said?.type === 'start') void start(said);
    else if (said?.type === 'shutdown') void leave();
    else if (said?.type === 'client') {
      const port = ports[0];
      if (!port) return;
      core?.then(
        (started) => {
          serveContract(started, port);
          port.start();
        },
        () => port.close(), // why there is no core has been told
      );
    }
  },
  () => {
    relay.lost();
    void leave();
  },
);
const relay = relayHost(tell);

endWithParent({ graceMs: CLOSE_MS + CLOSE_LOG_MS + 1000, stallMs: STALL_MS });
ignoreClosedOutput();
surviveDefects((thrown) => {
  serving?.notice('error', asForesightError(thrown).message, 'The rig was told to hold: look at it.');
  return serving?.rig.stop(DEFECT);
});
// Ctrl-C and the end of a terminal reach the whole group of processes; the supervisor decides when the core ends.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('SIGTERM', () => void leave());
