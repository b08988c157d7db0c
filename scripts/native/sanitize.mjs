// The executor's own tests, damaged programs among them, with an add-on that watches every access and every sum: reading
// beside a buffer, an overflow, a shift or a conversion that means nothing ends the process with a report.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeProgram, root } from '../build-if-stale.mjs';
import { buildLocally } from './local.mjs';

/** The sanitizers must be in the process before what they watch; Node is not built with them. */
function preloaded() {
  const compiler = process.env.CXX || 'c++';
  const files = ['libasan.so', 'libubsan.so'].map((name) =>
    spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim(),
  );
  return files.filter((file) => file.includes('/')).join(' ');
}

/** @throws Error with a sentence where something was found */
export function testSanitized() {
  if (process.platform !== 'linux') throw new Error('The sanitizers are used on Linux, with g++.');
  const file = buildLocally(true);
  const env = {
    ...process.env,
    FORESIGHT_NATIVE: file,
    LD_PRELOAD: preloaded(),
    // V8 frees nothing at its end, and asks for more memory than there is to see what it gets.
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(nodeProgram(), [vitest, 'run', 'test/native'], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  if (status !== 0)
    throw new Error('The tests of the native executor failed under the sanitizers; see above.');
}
