// `npm run native`: the native executor (native/) for every system it ships for, into native/prebuilds, which is committed.
//   -- --check      builds again and compares with what is committed, byte for byte
//   -- --only T,…   only these systems (linux-x64, …); nothing is recorded
//   -- --local      with this machine's compiler into native/build, for work on the sources
//   -- --sanitize   the same with sanitizers, and the executor's tests under them
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './build-if-stale.mjs';
import { crossCompile } from './native/cross.mjs';
import { buildLocally } from './native/local.mjs';
import { binaryOf, hashOfPrebuilds, hashOfSources, prebuilds, recorded, TARGETS } from './native/recipe.mjs';
import { testSanitized } from './native/sanitize.mjs';

const args = process.argv.slice(2);

function chosen() {
  const only = args.includes('--only') ? (args[args.indexOf('--only') + 1] ?? '').split(',') : null;
  const unknown = only?.filter((target) => !(target in TARGETS)) ?? [];
  if (unknown.length > 0)
    throw new Error(`"${unknown.join(', ')}" is none of ${Object.keys(TARGETS).join(', ')}.`);
  return only ?? Object.keys(TARGETS);
}

const read = (file) => {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
};

async function check(targets) {
  const folder = mkdtempSync(join(tmpdir(), 'foresight-prebuilds-'));
  try {
    await crossCompile(targets, folder);
    const different = targets.filter((target) => {
      const committed = read(binaryOf(prebuilds, target));
      return committed === null || !committed.equals(readFileSync(binaryOf(folder, target)));
    });
    if (hashOfPrebuilds() !== hashOfSources()) different.push('sources.sha256');
    if (different.length === 0) {
      console.log(`The committed binaries are what the sources make (${targets.join(', ')}).`);
      return;
    }
    throw new Error(
      `Not what the sources make: ${different.join(', ')} in native/prebuilds. Run "npm run native" and commit what it writes.`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  if (args.includes('--sanitize')) return testSanitized();
  if (args.includes('--local')) {
    console.log(relative(root, buildLocally()));
    return;
  }
  const targets = chosen();
  if (args.includes('--check')) return check(targets);
  await crossCompile(targets, prebuilds);
  for (const target of targets) {
    const file = binaryOf(prebuilds, target);
    console.log(`${relative(root, file)}\t${Math.round(statSync(file).size / 1000)} kB`);
  }
  if (!args.includes('--only')) writeFileSync(recorded, `${hashOfSources()}\n`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
