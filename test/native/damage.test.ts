import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addon, addonFile, type Description } from './addon';
import { instruction, mapInstruction, NOWHERE, type Operand, region } from './programs';

const native = addon();
const folder = mkdtempSync(join(tmpdir(), 'native-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (space: Operand['space'], index: number, row: number, s: number[], offset = 0): Operand => ({
  space,
  index,
  offset,
  batch: 0,
  row,
  s,
});
const rows = 20;
const input = at('input', 0, 12, [1]);
const weights = at('constant', 0, 0, [24, 1]);
const hidden = at('local', 0, 24, [1]);
const whole = {
  abi: 1,
  constants: Array.from({ length: 12 * 24 }, (_, i) => Math.sin(i)),
  arenaWords: rows * 24,
  localWords: 7 * 24,
  inputs: [rows * 12, 0, rows, 0],
  outputs: [rows * 24, 0, rows * 2, 0],
};
const programs = [
  region(
    rows,
    rows,
    7,
    instruction(2, 24, 12, 2, 0, input, weights, at('constant', 0, 0, [1]), hidden, NOWHERE),
    mapInstruction(
      [24, 1, 1, 1],
      [hidden, at('constant', 0, 0, [])],
      [
        [64, 0, 1],
        [14, 2],
        [66, 3, 0],
      ],
      [[4, at('output', 0, 24, [1])]],
    ),
    instruction(4, 0, 1, 1, 1, 24, hidden, at('output', 1, 2, [])),
  ),
  region(
    rows,
    10,
    10,
    mapInstruction(
      [4, 3, 1, 1],
      [{ ...at('input', 0, 12, [3, -1], 2), batch: 120 }],
      [
        [10, 0],
        [97, 1, 0, 1],
      ],
      [[2, { ...at('arena', 0, 24, [2, 8]), batch: 240 }]],
    ),
    instruction(
      7,
      0,
      2,
      1,
      1,
      1,
      12,
      { ...at('input', 0, 12, [0, 0, 0, 1]), batch: 120 },
      { ...at('arena', 0, 24, [0, 0, 0, 1]), batch: 240 },
    ),
    instruction(8, 2, 1, 1, 1, 1, 12, { ...at('input', 0, 12, [0, 0, 0, 1]), batch: 120 }, NOWHERE, {
      ...at('output', 1, 2, [0, 0, 0, 1]),
      batch: 20,
    }),
  ),
];
const indexed = [
  region(
    rows,
    rows,
    rows,
    instruction(
      5,
      1,
      12,
      1,
      rows,
      at('input', 1, 1, []),
      at('input', 0, 0, [0, 1, 0, 12]),
      at('output', 0, 24, [0, 2]),
    ),
    instruction(
      6,
      1,
      1,
      1,
      1,
      rows * 2,
      at('input', 1, 1, []),
      at('input', 0, 12, []),
      at('output', 1, 0, [0, 0, 0, 1]),
    ),
  ),
];
const description = (code: number[], changes: Partial<Description> = {}): Description => ({
  ...whole,
  code: Int32Array.from(code),
  constants: Float32Array.from(whole.constants),
  inputs: Int32Array.from(whole.inputs),
  outputs: Int32Array.from(whole.outputs),
  ...changes,
});

describe('a damaged program', () => {
  it('is refused or runs inside its own memory, in ten thousand ways', () => {
    const file = join(folder, 'programs.json');
    writeFileSync(
      file,
      JSON.stringify([
        ...programs.map((code) => ({ ...whole, code })),
        ...indexed.map((code) => ({ ...whole, code, indices: 1 })),
      ]),
    );
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'damage.mjs'), addonFile, file, '10000', '20261'],
      { encoding: 'utf8' },
    );
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    const counts = JSON.parse(stdout) as Record<string, number>;
    // Both ends were reached: most damage is seen, some leaves another whole program.
    expect(counts.refused).toBeGreaterThan(1000);
    expect(counts.ran).toBeGreaterThan(500);
    expect(counts.index).toBeGreaterThan(0);
  });

  it('names what reaches outside, and how far', () => {
    const code = region(
      rows,
      rows,
      rows,
      mapInstruction([1, 1, 1, 1], [at('input', 0, 13, [])], [], [[0, at('output', 0, 1, [])]]),
    );
    expect(() => native.createProgram(description(code))).toThrow(
      expect.objectContaining({
        code: 'PROGRAM',
        message: 'Instruction 3 at word 5 reaches words 0 to 247 of an input, which has 240.',
      }),
    );
  });

  it('may not write to inputs or constants, nor one place twice', () => {
    for (const [to, sentence] of [
      [at('input', 0, 1, []), 'writes to what can only be read'],
      [at('constant', 0, 1, []), 'writes to what can only be read'],
      [at('output', 0, 0, []), 'writes one place more than once'],
    ] as const) {
      const code = region(
        rows,
        rows,
        rows,
        mapInstruction([1, 1, 1, 1], [at('input', 0, 1, [])], [], [[0, to]]),
      );
      expect(() => native.createProgram(description(code))).toThrow(sentence);
    }
  });
});

describe('the border', () => {
  const copy = region(
    rows,
    rows,
    rows,
    mapInstruction([1, 1, 1, 1], [at('input', 1, 1, [])], [], [[0, at('output', 1, 2, [])]]),
  );
  const bound = () =>
    [
      [new Float32Array(rows * 12), new Float32Array(rows)],
      [new Float32Array(rows * 24), new Float32Array(rows * 2)],
    ] as const;

  it('refuses what is no description, in a sentence', () => {
    const junk: unknown[] = [
      undefined,
      null,
      1,
      'x',
      {},
      [],
      { abi: 2 },
      { ...description(copy), code: [1] },
      { ...description(copy), arenaWords: -1 },
      { ...description(copy), inputs: Int32Array.of(1) },
      { ...description(copy), arenaWords: 1e300 },
    ];
    for (const argument of junk) expect(() => native.createProgram(argument as Description)).toThrow(/./);
    expect(() => native.createProgram(description(copy, { arenaWords: 2 ** 40 }))).toThrow('impossible size');
    expect(() => native.createProgram(description(copy, { level: 'avx1024' }))).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE' }),
    );
  });

  it('refuses arrays of the wrong number, type or length', () => {
    const program = native.createProgram(description(copy));
    const [inputs, outputs] = bound();
    const refused = (i: unknown, o: unknown, sentence: string): void =>
      expect(() => native.run(program, i as Float32Array[], o as Float32Array[])).toThrow(sentence);
    refused([inputs[0]], outputs, 'wants an array of 2 inputs');
    refused(undefined, outputs, 'wants an array of 2 inputs');
    refused([inputs[0], new Float64Array(rows)], outputs, 'input 1 is not a Float32Array or Int32Array');
    refused(inputs, [outputs[0], new Float32Array(3)], 'output 1 has 3 elements, the program wants 40');
    refused(inputs, [outputs[0], null], 'output 1 is not a Float32Array');
    native.run(program, [...inputs], [...outputs]);
  });

  it('survives a getter that disposes of the program or detaches an array', () => {
    const program = native.createProgram(description(copy));
    const [inputs, outputs] = bound();
    const hostile: unknown[] = [inputs[0]];
    Object.defineProperty(hostile, 1, { enumerable: true, get: () => native.dispose(program) });
    hostile.length = 2;
    expect(() => native.run(program, hostile as Float32Array[], [...outputs])).toThrow(/./);
    const detaching: unknown[] = [outputs[0]];
    Object.defineProperty(detaching, 1, {
      enumerable: true,
      get: () => {
        structuredClone(inputs[1].buffer, { transfer: [inputs[1].buffer] });
        return outputs[1];
      },
    });
    expect(() => native.run(program, [...inputs], detaching as Float32Array[])).toThrow(
      'input 1 has 0 elements',
    );
  });

  it('knows a program from anything else, and a program that was disposed of', () => {
    const program = native.createProgram(description(copy));
    const [inputs, outputs] = bound();
    for (const other of [undefined, {}, [], 7, Object.create(program) as object]) {
      expect(() => native.run(other as object, [...inputs], [...outputs])).toThrow('wants a program');
    }
    native.dispose(program);
    native.dispose(program);
    expect(() => native.run(program, [...inputs], [...outputs])).toThrow('not disposed of');
  });
});
