import { constants, setPriority } from 'node:os';
import { childPort } from '../processes/child-port';
import { RigProcess } from './rig-server';

/**
 * The program of a rig process. It can hurt somebody, so it loads nothing that can crash it: no native module but
 * serialport, and that only when a serial rig is opened.
 */
const program = childPort({ leaveMs: 8000 }).then(
  (child) => new RigProcess(child, (code) => process.exit(code)),
);

try {
  // Ahead of training, planning and drawing; before anything is started from here, so that a simulated device
  // keeps time as well. Linux and macOS grant it to root only: without it the loop is as good as its neighbours let it.
  setPriority(constants.priority.PRIORITY_HIGH);
} catch (thrown) {
  if ((thrown as { code?: string }).code !== 'ERR_SYSTEM_ERROR') throw thrown;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void program.then((rig) => rig.signalled(signal)));
}

function crash(thrown: unknown): void {
  console.error(thrown);
  program.then(
    (rig) => rig.shutDown(1, 'a defect in Foresight'),
    () => process.exit(1),
  );
}
process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
