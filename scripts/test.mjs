// `npm test`: unit tests, then end-to-end tests in whatever browser and Electron there is. `node scripts/test.mjs unit` and
// `node scripts/test.mjs e2e` run one part alone, of what else is named. The last lines say which tests failed, and why, and add both up: of a long run often only the end is kept.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { buildIfStale, entries, nodeProgram, root } from './build-if-stale.mjs';

/** Of what a failed test says. */
const MOST_LINES = 12;
const results = join(root, 'test-results');
const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
let failed = false;

/** Runs vitest as its own program, so that what it prints stays as it is. */
function vitest(name, options, { through = [], env = {} } = {}) {
  const report = join(results, `${name}.json`);
  rmSync(report, { force: true });
  const command = [
    ...through,
    nodeProgram(),
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    ...options,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync(command[0], command.slice(1), {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) failed = true;
  if (!existsSync(report)) return;
  const summary = JSON.parse(readFileSync(report, 'utf8'));
  totals.passed += summary.numPassedTests;
  // A file that fails before its first test has no test that failed.
  const broken = summary.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  totals.failed += summary.numFailedTests + broken.length;
  for (const { name: file, message, status, assertionResults } of summary.testResults) {
    const tests = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of tests)
      failures.push([file, fullName, failureMessages.join('\n')]);
    if (status === 'failed' && tests.length === 0) failures.push([file, 'before its first test', message]);
  }
  totals.skipped += summary.numPendingTests + summary.numTodoTests;
}

/** Without a display, a virtual one, where the machine has the program for it. */
function display() {
  const { DISPLAY, WAYLAND_DISPLAY, PATH = '' } = process.env;
  if (process.platform !== 'linux' || DISPLAY || WAYLAND_DISPLAY) return [];
  const program = PATH.split(delimiter)
    .map((folder) => join(folder, 'xvfb-run'))
    .find((file) => existsSync(file));
  return program ? [program, '-a', '-s', '-screen 0 1600x1000x24'] : [];
}

mkdirSync(results, { recursive: true });
const [part, ...named] = process.argv.slice(2);
buildIfStale();
if (part !== 'e2e') vitest('unit', named, { env: { FORESIGHT_ENTRIES: entries } });
if (part !== 'unit') {
  rmSync(join(results, 'screenshots'), { recursive: true, force: true });
  vitest('e2e', ['--config', 'vitest.e2e.config.ts', ...named], { through: display() });
}
if (process.env.FORESIGHT_STUDIES !== 'required')
  console.log('Studies were left out; FORESIGHT_STUDIES=required npm test runs them too.');
for (const [file, test, why] of failures) {
  console.log(`FAILED ${relative(root, file)}: ${test}`);
  for (const line of why.split('\n').slice(0, MOST_LINES)) console.log(`  ${line}`);
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(failed ? 1 : 0);
