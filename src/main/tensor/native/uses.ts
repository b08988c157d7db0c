import { type Buffer, type Instruction, rangeOf, type Use, usesOf } from './instructions';

/** One access of one instruction. */
export interface Usage extends Use {
  /** Place of the instruction in the program. */
  at: number;
  one: Instruction;
}

/** Every access of a program by the buffer that it goes to, in the program's order. */
export function usesByBuffer(instructions: readonly Instruction[]): Map<Buffer, Usage[]> {
  const all = new Map<Buffer, Usage[]>();
  instructions.forEach((one, at) => {
    for (const use of usesOf(one)) {
      const known = all.get(use.access.buffer);
      if (known) known.push({ ...use, at, one });
      else all.set(use.access.buffer, [{ ...use, at, one }]);
    }
  });
  return all;
}

export const readsOf = (uses: readonly Usage[] = []): Usage[] => uses.filter(({ writes }) => !writes);

/** Something that an instruction needs and another one before it writes. */
export interface Dependency {
  /** Place of whoever writes. */
  writer: number;
  written: Use;
  read: Use;
}

/**
 * What every instruction waits for: whoever writes what it reads, or what it writes as well (a scatter into what was
 * filled before), earlier in the program.
 */
export function dependenciesOf(instructions: readonly Instruction[]): Dependency[][] {
  const all: Dependency[][] = instructions.map(() => []);
  for (const [{ kind }, uses] of usesByBuffer(instructions)) {
    if (kind === 'constant' || kind === 'input') continue;
    const ranged = uses.map((use) => ({ use, range: rangeOf(use, use.one.dims) }));
    const writers = ranged.filter(({ use }) => use.writes);
    for (const { use: read, range } of ranged) {
      for (const { use: written, range: other } of writers) {
        if (written.at >= read.at) break;
        if (other[0] <= range[1] && range[0] <= other[1])
          all[read.at]?.push({ writer: written.at, written, read });
      }
    }
  }
  return all;
}
