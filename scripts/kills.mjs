// `npm run kills -- --count 500 --seed 1 --jobs 3`: kills every command at random moments (test/kills).
// `npm run kills -- --recording --count 200`: kills a core that records, and compares with what the rig sent;
// `--any-loss` where other work keeps the machine busy: how much was lost is told and not judged.
import { join } from 'node:path';
import { buildIfStale, entries, nodeProgram, root } from './build-if-stale.mjs';
import { run } from './run.mjs';

const recording = process.argv.includes('--recording');
const args = process.argv.slice(2).filter((arg) => arg !== '--recording');
buildIfStale();
const program = join(root, 'test', 'kills', recording ? 'recording-kills.ts' : 'kills.ts');
const { code } = await run(nodeProgram(), ['--import', 'tsx', program, ...args], {
  cwd: root,
  env: { ...process.env, FORESIGHT_ENTRIES: entries },
});
process.exit(code);
