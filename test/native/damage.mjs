// Runs damaged programs in a process of its own: damage.test.ts sees whether it ends well. Arguments: the add-on, a JSON
// file of whole programs, how many rounds, a seed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [, , path, programs, rounds, seed] = process.argv;
const native = createRequire(import.meta.url)(path);
const cases = JSON.parse(readFileSync(programs, 'utf8'));

let state = Number(seed) | 1;
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}
const STRANGE = [
  0, 1, -1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 64, 97, 128, 1000, 65536, 0x7fffffff, -0x80000000, 0x40000000,
];
const counts = { refused: 0, ran: 0, index: 0, skipped: 0 };

/** Words with a mark on both sides. */
function guarded(words) {
  const all = new Int32Array(words + 128).fill(0x5ca1ab1e);
  const inside = new Float32Array(all.buffer, 64 * 4, words);
  inside.fill(0.5);
  return { inside, intact: () => all.every((w, i) => (i >= 64 && i < 64 + words) || w === 0x5ca1ab1e) };
}

for (let round = 0; round < Number(rounds); round++) {
  const whole = cases[random(cases.length)];
  const code = Int32Array.from(whole.code);
  for (let damage = 1 + random(3); damage > 0; damage--) {
    const at = random(code.length);
    const kind = random(3);
    code[at] =
      kind === 0
        ? STRANGE[random(STRANGE.length)]
        : kind === 1
          ? code[at] + random(9) - 4
          : random(2 ** 32) | 0;
  }
  let program;
  const cut = random(8) === 0 ? random(code.length) : code.length;
  try {
    program = native.createProgram({
      ...whole,
      code: code.subarray(0, cut),
      constants: Float32Array.from(whole.constants),
      inputs: Int32Array.from(whole.inputs),
      outputs: Int32Array.from(whole.outputs),
    });
  } catch (error) {
    if (error.code !== 'PROGRAM' || typeof error.message !== 'string' || error.message.length < 10)
      throw error;
    counts.refused++;
    continue;
  }
  // A program that is whole but would compute for hours is not what is looked for.
  if (code.some((word) => word > 5000)) {
    counts.skipped++;
    native.dispose(program);
    continue;
  }
  const inputs = whole.inputs.filter((_, i) => i % 2 === 0).map(guarded);
  const outputs = whole.outputs.filter((_, i) => i % 2 === 0).map(guarded);
  if (whole.indices !== undefined)
    new Int32Array(inputs[whole.indices].inside.buffer, 256, inputs[whole.indices].inside.length).fill(1);
  try {
    native.run(
      program,
      inputs.map((i) => i.inside),
      outputs.map((o) => o.inside),
    );
    counts.ran++;
  } catch (error) {
    if (error.code !== 'INDEX') throw error;
    counts.index++;
  }
  native.dispose(program);
  for (const side of [...inputs, ...outputs])
    if (!side.intact()) throw new Error(`round ${round} wrote outside: ${[...code]}`);
  for (const input of inputs)
    if (whole.indices === undefined && input.inside.some((x) => x !== 0.5))
      throw new Error(`round ${round} wrote to an input: ${[...code]}`);
}
process.stdout.write(JSON.stringify(counts));
