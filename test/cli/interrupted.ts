import { spawn } from 'node:child_process';
import { entryPoint } from '../../src/main/processes/entry';
import { markedProcesses } from '../processes/marked-processes';

let runs = 0;

/** A command of the command line in a process group of its own, as a terminal starts it. */
export function start(args: string[], data: string) {
  const mark = `interrupted-${process.pid}-${++runs}`;
  const { path, execArgv } = entryPoint('cli');
  const child = spawn(process.execPath, [...execArgv, path, ...args, '--data', data], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, FORESIGHT_MARK: mark },
  });
  let stderr = '';
  let look = () => {};
  const hear = (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const over = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, stderr })),
  );
  return {
    /** Ctrl-C on a terminal reaches every process of the group. */
    interrupt: (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal),
    left: () => markedProcesses(mark),
    says: (text: string) =>
      new Promise<void>((resolve) => {
        look = () => stderr.includes(text) && resolve();
        look();
      }),
    /** `event`, or that the command ended before it came. */
    before: <T>(event: Promise<T>): Promise<T> =>
      Promise.race([
        event,
        over.then(({ code, stderr: said }): never => {
          throw new Error(`It ended with ${code} before it could be stopped: ${said}`);
        }),
      ]),
    over,
  };
}
