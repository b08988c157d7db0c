// `npm run fuzz -- --bytes 1e7 [--seed 1] [--only text]`: noise for every parser of bytes from a line (test/fuzz).
import { join } from 'node:path';
import { nodeProgram, root } from './build-if-stale.mjs';
import { run } from './run.mjs';

const program = join(root, 'test', 'fuzz', 'fuzz.ts');
const args = ['--expose-gc', '--import', 'tsx', program, ...process.argv.slice(2)];
const { code } = await run(nodeProgram(), args, { cwd: root });
process.exit(code);
