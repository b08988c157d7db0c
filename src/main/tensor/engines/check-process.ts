import { childPort } from '../../processes/child-port';
import { heardOf } from '../../processes/heard';
import { checkEngine, engineNames } from '../engine';
import type { FromCheckProcess, ToCheckProcess } from '../list-engines';

/** Opens one engine after the other, in a process that may end by it: drivers are other people's native code. */
const { port } = await childPort();
const post = (message: FromCheckProcess) => port.post(message);
port.onClose(() => process.exit(0));
port.onMessage((message) => {
  const asked = heardOf<ToCheckProcess>({ check: true }, message, 'whoever lists the engines');
  // Without an answer, whoever asks takes the engine at hand for what failed.
  if (asked) check(asked).catch(() => process.exit(1));
});

async function check({ except }: ToCheckProcess): Promise<void> {
  for (const name of await engineNames()) {
    if (except.includes(name)) continue;
    post({ type: 'checking', name });
    post({ type: 'checked', status: await checkEngine(name) });
  }
  post({ type: 'done' });
}
