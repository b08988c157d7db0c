// `npm run foresight -- <command>`: the command line, built first when a source file has changed.
import { join } from 'node:path';
import { buildIfStale, nodeProgram, root } from './build-if-stale.mjs';
import { run } from './run.mjs';

buildIfStale();
const { code } = await run(nodeProgram(), [join(root, 'out', 'main', 'cli.js'), ...process.argv.slice(2)]);
process.exit(code);
