import { type ChildProcess, spawn } from 'node:child_process';
import { entryPoint } from '../../src/main/processes/entry';

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line, as a person or a script runs it. */
export function startCli(
  args: string[],
  env: Record<string, string> = {},
  /** Where its output goes; a pipe unless said. */
  stdout: 'pipe' | number = 'pipe',
): { child: ChildProcess; done: Promise<Finished> } {
  const { path, execArgv } = entryPoint('cli');
  const child = spawn(process.execPath, [...execArgv, path, ...args], {
    stdio: ['ignore', stdout, 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const done = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: said, stderr }));
  });
  return { child, done };
}

export function runCli(...args: string[]): Promise<Finished> {
  return startCli(args).done;
}
