import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const PYTHON = process.env.FORESIGHT_PYTHON ?? 'python3';

/** Runs a program of other people's language and libraries; it prints JSON. */
export async function python(program: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run(PYTHON, ['-W', 'ignore', '-c', program, ...args], { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout);
}

/** Whether Python lacks these modules; where nothing may be missing (CI) that is a failure. */
export async function lacksModules(...modules: string[]): Promise<boolean> {
  const missing = await run(PYTHON, ['-c', `import ${modules.join(', ')}`]).then(
    () => undefined,
    (error: Error) => error.message,
  );
  it.runIf(process.env.FORESIGHT_INTEROP === 'required')(
    `Python has ${modules.join(', ')}, as required`,
    () => {
      expect(missing).toBeUndefined();
    },
  );
  return missing !== undefined;
}
