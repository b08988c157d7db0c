import { expect, it } from 'vitest';
import { fill, native } from './harness';
import { instruction, mapInstruction, NOWHERE, type Operand, region } from './programs';

it('keeps a whole loop of steps in one region, tile by tile, with local scratch', () => {
  const [rows, wide, steps] = [37, 20, 5];
  const state = fill(rows * 3, [0.1, -0.4, 0.9]);
  const first = fill(3 * wide, [0.5, -0.3, 0.2, 0.8]);
  const second = fill(wide * 3, [0.1, -0.2, 0.3]);
  const at = (space: Operand['space'], index: number, offset: number, row: number, s: number[]): Operand => ({
    space,
    index,
    offset,
    batch: 0,
    row,
    s,
  });
  for (const level of native.levels()) {
    const results = [1, 7, 16, 37].map((tile) => {
      const narrow = at('local', 0, 0, 1, [tile]); // column by column: rows side by side
      const hidden = at('local', 0, 3 * tile, wide, [1]);
      const change = at('local', 0, 3 * tile + tile * wide, 1, [tile]);
      const step = [
        instruction(2, wide, 3, 3, 0, narrow, at('input', 1, 0, 0, [wide, 1]), NOWHERE, hidden, NOWHERE),
        instruction(2, 3, wide, 0, 0, hidden, at('input', 2, 0, 0, [3, 1]), NOWHERE, change, NOWHERE),
        mapInstruction([3, 1, 1, 1], [narrow, change], [[64, 0, 1]], [[2, narrow]]),
      ];
      const code = region(
        rows,
        rows,
        tile,
        mapInstruction([3, 1, 1, 1], [at('input', 0, 0, 3, [1])], [], [[0, narrow]]),
        ...Array<number[][]>(steps).fill(step).flat(),
        mapInstruction([3, 1, 1, 1], [narrow], [], [[0, at('output', 0, 0, 3, [1])]]),
      );
      const program = native.createProgram({
        abi: 1,
        code: Int32Array.from(code),
        constants: new Float32Array(0),
        arenaWords: 0,
        localWords: tile * (6 + wide),
        inputs: Int32Array.of(state.length, 0, first.length, 0, second.length, 0),
        outputs: Int32Array.of(rows * 3, 0),
        level,
      });
      const out = new Float32Array(rows * 3);
      native.run(program, [state, first, second], [out]);
      return [...out];
    });
    let wanted = Array.from({ length: rows }, (_, r) => [...state.subarray(r * 3, r * 3 + 3)]);
    for (let step = 0; step < steps; step++) {
      wanted = wanted.map((x) => {
        const h = Array.from({ length: wide }, (_, j) =>
          Math.tanh(x.reduce((sum, v, i) => sum + v * first[i * wide + j]!, 0)),
        );
        return x.map((v, i) => v + h.reduce((sum, u, j) => sum + u * second[j * 3 + i]!, 0));
      });
    }
    for (const result of results) expect(result).toEqual(results[0]);
    wanted.flat().forEach((value, i) => {
      expect(Math.abs(results[0]![i]! - value)).toBeLessThan(1e-5);
    });
  }
});

it('takes bools as bytes and gives them back as bytes', () => {
  const at = (space: Operand['space']): Operand => ({ space, index: 0, offset: 0, batch: 0, row: 1, s: [] });
  const program = native.createProgram({
    abi: 1,
    code: Int32Array.from(
      region(4, 4, 4, mapInstruction([1, 1, 1, 1], [at('input')], [[34, 0]], [[1, at('output')]])),
    ),
    constants: new Float32Array(0),
    arenaWords: 0,
    localWords: 0,
    inputs: Int32Array.of(4, 1),
    outputs: Int32Array.of(4, 1),
  });
  const out = new Uint8Array(4);
  native.run(program, [Uint8Array.of(0, 1, 255, 0)], [out]);
  expect([...out]).toEqual([1, 0, 0, 1]);
});
