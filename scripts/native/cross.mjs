// Compiles and links the add-on for every system, several compilers at a time. The same sources give the same bytes on
// whatever machine: no paths, no dates, no build ids, one version of the compiler, all its defaults spelled out.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { binaryOf, headers, native, TARGETS, units } from './recipe.mjs';
import { zigEnvironment, zigProgram } from './zig.mjs';

const SAME_EVERYWHERE = [
  '-g0',
  '-fno-sanitize=all',
  '-fvisibility-global-new-delete=force-hidden',
  '-Wdate-time',
  '-Werror=date-time',
  `-ffile-prefix-map=${native}=.`,
];

/** Runs `tasks`, functions that return promises, at most as many at a time as there are processors. */
async function inParallel(tasks) {
  const waiting = [...tasks];
  const worker = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** A warning counts as an error: the linker's tell of calls that would end a process on a machine that is not here. */
function zig(program, args, what) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: native,
      env: zigEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(data));
    child.once('error', reject);
    child.once('close', (code) => {
      const words = Buffer.concat(said).toString().trim();
      if (code === 0 && words === '') resolve();
      else reject(new Error(`${words}\n${what} failed${code === 0 ? ': it warned' : ` (${code})`}.`));
    });
  });
}

/**
 * Builds the add-on for `targets` into `into`/<target>/foresight.node.
 * @throws Error with a sentence where something does not compile
 */
export async function crossCompile(targets, into) {
  const program = zigProgram();
  const work = mkdtempSync(join(tmpdir(), 'foresight-native-'));
  try {
    const jobs = targets.map((target) => ({
      target,
      objects: units(target, true).map((unit) => ({
        ...unit,
        object: join(work, `${target}-${unit.name}.o`),
      })),
    }));
    const compile = ({ target, objects }) =>
      objects.map(({ source, object, flags }) => () => {
        const args = ['c++', '-target', TARGETS[target].triple, ...SAME_EVERYWHERE, ...flags, `-I${headers}`];
        return zig(program, [...args, '-c', source, '-o', object], `Compiling ${source} for ${target}`);
      });
    await inParallel(jobs.flatMap(compile));
    const link =
      ({ target, objects }) =>
      async () => {
        const made = join(work, target, 'foresight.node'); // beside it the linker leaves an import library
        mkdirSync(dirname(made));
        const { triple, link: extra } = TARGETS[target];
        const inputs = objects.map(({ object }) => object);
        // Without -O the linker would write the date into a DLL.
        const args = ['cc', '-target', triple, '-O3', '-shared', '-s', ...extra, '-o', made, ...inputs];
        await zig(program, args, `Linking for ${target}`);
        const file = binaryOf(into, target);
        mkdirSync(dirname(file), { recursive: true });
        copyFileSync(made, file);
      };
    await inParallel(jobs.map(link));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
