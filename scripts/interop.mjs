// `npm run test:interop`: other people's software in a Python environment of its own, and the tests that need it; `-- --all` adds
// LeRobot, which brings PyTorch and some gigabytes with it. `--where` only makes the environment and prints its Python.
// FORESIGHT_PYTHON names another one, in which all of it must be.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeProgram, root } from './build-if-stale.mjs';
import { run } from './run.mjs';

/** What is installed, by the name that is imported. */
const LIGHT = {
  onnxruntime: 'onnxruntime',
  numpy: 'numpy',
  pyarrow: 'pyarrow',
  mcap: 'mcap',
  h5py: 'h5py',
  minari: 'minari',
  PIL: 'pillow',
  av: 'av',
  dynamixel_sdk: 'dynamixel-sdk==4.1.0',
  scservo_sdk: 'feetech-servo-sdk==1.0.0',
  roslibpy: 'roslibpy==2.1.0',
};
const HEAVY = { lerobot: 'lerobot' };

const args = process.argv.slice(2);
const all = args.includes('--all');
const packages = all ? { ...LIGHT, ...HEAVY } : LIGHT;

function python() {
  if (process.env.FORESIGHT_PYTHON) return process.env.FORESIGHT_PYTHON;
  const venv = join(root, 'node_modules', '.cache', all ? 'interop-python-all' : 'interop-python');
  const program =
    process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
  if (!existsSync(program)) must(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', venv]);
  const imports = `import ${Object.keys(packages).join(', ')}`;
  if (spawnSync(program, ['-W', 'ignore', '-c', imports], { stdio: 'ignore' }).status !== 0) {
    must(program, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...Object.values(packages),
    ]);
  }
  return program;
}

/** What it prints goes to stderr: stdout is for `--where`. */
function must(program, options) {
  const { status, error } = spawnSync(program, options, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  console.error(`${program} ${options.slice(0, 3).join(' ')} … failed${error ? `: ${error.message}` : ''}.`);
  process.exit(1);
}

const program = python();
if (args.includes('--where')) console.log(program);
else {
  const env = {
    ...process.env,
    FORESIGHT_PYTHON: program,
    FORESIGHT_INTEROP: 'required',
    ...(all && { FORESIGHT_INTEROP_ALL: '1' }),
  };
  const files = args.filter((arg) => !arg.startsWith('--'));
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const tests = files.length > 0 ? files : ['test/interop'];
  const { code } = await run(nodeProgram(), [vitest, 'run', ...tests], { cwd: root, env });
  process.exitCode = code;
}
