// `npm run kills -- --count 500 --seed 1 --jobs 3`: kills every command at random moments (test/kills).
import { join } from 'node:path';
import { buildIfStale, nodeProgram, root } from './build-if-stale.mjs';
import { run } from './run.mjs';

buildIfStale();
const program = join(root, 'test', 'kills', 'kills.ts');
const { code } = await run(nodeProgram(), ['--import', 'tsx', program, ...process.argv.slice(2)], {
  cwd: root,
});
process.exit(code);
