import type { NativeDescription } from '../../src/main/tensor/native/encode';
import { MAP_OPS } from '../../src/main/tensor/native/map-ops';
import type { TensorData } from '../../src/main/tensor/types';

/**
 * What a native program means, said as plainly as possible: every instruction, tile of rows by tile of rows, number by number.
 * Slow, and without a processor's vectors, so that the compiler can be tested wherever there is no add-on, and the add-on against it.
 */
interface Space {
  floats: Float32Array;
  ints: Int32Array;
}

const spaceOf = (words: number): Space => {
  const floats = new Float32Array(words);
  return { floats, ints: new Int32Array(floats.buffer) };
};

interface Place {
  batch: number;
  row: number;
  rowInTile: number;
}

interface Operand {
  at(place: Place, index: readonly number[]): { space: Space; word: number };
}

const f = Math.fround;
const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
function erf(x: number): number {
  // Series where it converges fast, continued fraction beyond.
  const z = Math.abs(x);
  if (z > 4) return Math.sign(x);
  let [sum, term] = [z, z];
  for (let n = 1; n < 100; n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
}
const roundEven = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

const flag = (value: boolean) => (value ? 1 : 0);
const FLOATS: Record<string, (a: number, b: number, c: number) => number> = {
  NEG: (a) => -a,
  ABS: Math.abs,
  SIGN: Math.sign,
  FLOOR: Math.floor,
  CEIL: Math.ceil,
  ROUND: roundEven,
  SQRT: Math.sqrt,
  RSQRT: (a) => 1 / Math.sqrt(a),
  RECIP: (a) => 1 / a,
  EXP: Math.exp,
  EXPM1: Math.expm1,
  LOG: Math.log,
  LOG1P: Math.log1p,
  TANH: Math.tanh,
  SIGMOID: sigmoid,
  SILU: (a) => a * sigmoid(a),
  SOFTPLUS: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  RELU: (a) => (a > 0 || Number.isNaN(a) ? a : 0),
  ERF: erf,
  SIN: Math.sin,
  COS: Math.cos,
  TAN: Math.tan,
  ASIN: Math.asin,
  ACOS: Math.acos,
  ATAN: Math.atan,
  SINH: Math.sinh,
  COSH: Math.cosh,
  ASINH: Math.asinh,
  ACOSH: Math.acosh,
  ATANH: Math.atanh,
  IS_NAN: (a) => flag(Number.isNaN(a)),
  IS_INF: (a) => flag(Math.abs(a) === Number.POSITIVE_INFINITY),
  NOT: (a) => flag(a === 0),
  ADD: (a, b) => a + b,
  SUB: (a, b) => a - b,
  MUL: (a, b) => a * b,
  DIV: (a, b) => a / b,
  MIN: (a, b) => Math.min(a, b),
  MAX: (a, b) => Math.max(a, b),
  POW: (a, b) => a ** b,
  FMOD: (a, b) => a % b,
  EQ: (a, b) => flag(a === b),
  LT: (a, b) => flag(a < b),
  LE: (a, b) => flag(a <= b),
  GT: (a, b) => flag(a > b),
  GE: (a, b) => flag(a >= b),
  AND: (a, b) => flag(a !== 0 && b !== 0),
  OR: (a, b) => flag(a !== 0 || b !== 0),
  XOR: (a, b) => flag((a !== 0) !== (b !== 0)),
  CLIP: (a, b, c) => Math.min(Math.max(a, b), c),
  F2B: (a) => flag(a !== 0),
};
const INTS: Record<string, (a: number, b: number) => number> = {
  IADD: (a, b) => a + b,
  ISUB: (a, b) => a - b,
  IMUL: Math.imul,
  IDIV: (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  IMOD: (a, b) => a - b * Math.floor(a / b),
  IMIN: (a, b) => Math.min(a, b),
  IMAX: (a, b) => Math.max(a, b),
  INEG: (a) => -a,
  IABS: Math.abs,
  ISIGN: Math.sign,
};
const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
  IEQ: (a, b) => a === b,
  ILT: (a, b) => a < b,
  ILE: (a, b) => a <= b,
  IGT: (a, b) => a > b,
  IGE: (a, b) => a >= b,
  I2B: (a) => a !== 0,
};
const NAMES = new Map(Object.entries(MAP_OPS).map(([name, number]) => [number as number, name]));
const ACTIVATIONS = [(x: number) => x, FLOATS.RELU, FLOATS.SILU, FLOATS.TANH, FLOATS.SIGMOID] as ((
  x: number,
) => number)[];

/** One word as a float and as an integer. */
const word = spaceOf(1);
const bitsOf = (value: number): number => {
  word.floats[0] = value;
  return word.ints[0] ?? 0;
};
const floatOf = (bits: number): number => {
  word.ints[0] = bits;
  return word.floats[0] ?? 0;
};

function mapped(name: string, bits: number[]): number {
  const [a = 0, b = 0, c = 0] = bits;
  if (name === 'COPY') return a;
  if (name === 'SELECT') return floatOf(a) !== 0 ? b : c;
  if (name === 'I2F') return bitsOf(a);
  if (name === 'F2I') {
    const value = Math.trunc(floatOf(a));
    return Number.isNaN(value) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value));
  }
  const integer = INTS[name];
  if (integer) return integer(a, b) | 0;
  const compared = COMPARISONS[name];
  if (compared) return bitsOf(flag(compared(a, b)));
  const float = FLOATS[name];
  if (!float) throw new Error(`no operation ${name}`);
  return bitsOf(f(float(floatOf(a), floatOf(b), floatOf(c))));
}

function* places(sizes: readonly number[]): Generator<number[]> {
  const total = sizes.reduce((a, b) => a * b, 1);
  for (let i = 0; i < total; i++) {
    let left = i;
    const index = Array<number>(sizes.length).fill(0);
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const size = sizes[axis] ?? 1;
      index[axis] = left % size;
      left = Math.floor(left / size);
    }
    yield index;
  }
}

export function interpret(description: NativeDescription, inputs: readonly TensorData[]): TensorData[] {
  const { code, constants, arenaWords, localWords } = description;
  const bound = (pairs: Int32Array) =>
    Array.from({ length: pairs.length / 2 }, (_, i) => spaceOf(pairs[2 * i] ?? 0));
  const given = bound(description.inputs);
  given.forEach((space, i) => {
    const data = inputs[i] as TensorData;
    if (data instanceof Int32Array) space.ints.set(data);
    else space.floats.set(data);
  });
  const outputs = bound(description.outputs);
  const constant = { floats: constants, ints: new Int32Array(constants.buffer) };
  const [arena, local] = [spaceOf(arenaWords), spaceOf(localWords)];
  const spaces = [constant, arena, local];

  let at = 0;
  const next = () => code[at++] as number;
  const operand = (): Operand | undefined => {
    const [kind = 0, index = 0, offset = 0, batchStride = 0, rowStride = 0, ...strides] = Array.from(
      { length: 9 },
      next,
    );
    if (kind < 0) return undefined;
    const space = kind === 3 ? given[index] : kind === 4 ? outputs[index] : spaces[kind];
    if (!space) throw new Error(`no space ${kind}`);
    return {
      at: ({ batch, row, rowInTile }, indices) => {
        const walked = indices.reduce((sum, one, axis) => sum + one * (strides[axis] ?? 0), 0);
        const rows = kind === 2 ? rowInTile * rowStride : batch * batchStride + row * rowStride;
        const place = offset + rows + walked;
        if (place < 0 || place >= space.floats.length)
          throw new Error(`word ${place} of ${space.floats.length} in space ${kind}`);
        return { space, word: place };
      },
    };
  };
  const bits = (one: Operand | undefined, place: Place, index: readonly number[]): number => {
    if (!one) return 0;
    const { space, word } = one.at(place, index);
    return space.ints[word] ?? 0;
  };
  const put = (one: Operand | undefined, place: Place, index: readonly number[], value: number) => {
    if (!one) return;
    const { space, word } = one.at(place, index);
    space.ints[word] = value;
  };

  /** Reads one instruction; what comes back computes it for a row. */
  const instruction = (): ((place: Place) => void) => {
    const opcode = next();
    next();
    switch (opcode) {
      case 2: {
        const [n = 0, k = 0, activation = 0] = [next(), next(), next(), next()];
        const [a, b, bias, c] = [operand(), operand(), operand(), operand(), operand()];
        return (place) => {
          for (let column = 0; column < n; column++) {
            let sum = bias ? floatOf(bits(bias, place, [column])) : 0;
            for (let i = 0; i < k; i++) {
              sum = f(sum + floatOf(bits(a, place, [i])) * floatOf(bits(b, place, [i, column])));
            }
            put(c, place, [column], bitsOf(f(ACTIVATIONS[activation]?.(sum) ?? 0)));
          }
        };
      }
      case 3: {
        const sizes = [next(), next(), next(), next()];
        const [loads, operations, stores] = [next(), next(), next()];
        const ins = Array.from({ length: loads }, operand);
        const ops = Array.from({ length: operations }, () => [next(), next(), next(), next()]);
        const outs = Array.from({ length: stores }, () => ({ value: next(), to: operand() }));
        return (place) => {
          for (const index of places(sizes)) {
            const values = ins.map((one) => bits(one, place, index));
            for (const [op = 0, ...operands] of ops) {
              const name = NAMES.get(op) ?? String(op);
              values.push(
                mapped(
                  name,
                  operands.map((one) => values[one] ?? 0),
                ),
              );
            }
            for (const { value, to } of outs) put(to, place, index, values[value] ?? 0);
          }
        };
      }
      case 4: {
        const kind = next();
        const [kept, reduced] = [
          [next(), next()],
          [next(), next()],
        ];
        const [from, to] = [operand(), operand()];
        return (place) => {
          for (const index of places(kept)) {
            const all = [...places(reduced)].map((inner) => bits(from, place, [...index, ...inner]));
            const floats = all.map(floatOf);
            const result = () => {
              if (kind === 0) return bitsOf(f(floats.reduce((a, b) => a + b, 0)));
              if (kind === 1) return bitsOf(f(floats.reduce((a, b) => a + b, 0) / floats.length));
              if (kind === 2)
                return bitsOf(floats.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
              if (kind === 3)
                return bitsOf(floats.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY));
              if (kind === 4) return bitsOf(f(floats.reduce((a, b) => a * b, 1)));
              if (kind === 5) return floats.indexOf(Math.max(...floats));
              if (kind === 6) return floats.indexOf(Math.min(...floats));
              if (kind === 7) return all.reduce((a, b) => (a + b) | 0, 0);
              if (kind === 8) return Math.max(...all);
              return Math.min(...all);
            };
            put(to, place, index, result());
          }
        };
      }
      case 5: {
        const [d0 = 1, d1 = 1, d2 = 1, limit = 1] = [next(), next(), next(), next()];
        const [index, data, out] = [operand(), operand(), operand()];
        return (place) => {
          for (const inner of places([d0, d1, d2])) {
            const item = bits(index, place, inner);
            if (item < 0 || item >= limit) throw new Error(`index ${item} of ${limit}`);
            put(out, place, inner, bits(data, place, [...inner, item]));
          }
        };
      }
      case 6: {
        const mode = next();
        const [d0 = 1, d1 = 1, d2 = 1, limit = 1] = [next(), next(), next(), next()];
        const [index, data, out] = [operand(), operand(), operand()];
        return (place) => {
          for (const inner of places([d0, d1, d2])) {
            const item = bits(index, place, inner);
            if (item < 0 || item >= limit) throw new Error(`index ${item} of ${limit}`);
            const value = bits(data, place, inner);
            const to = [...inner, item];
            const sum = () => bitsOf(f(floatOf(bits(out, place, to)) + floatOf(value)));
            put(out, place, to, mode === 0 ? value : sum());
          }
        };
      }
      case 7: {
        const [, flags] = [next(), next()];
        const [d0 = 1, d1 = 1, d2 = 1, length = 1] = [next(), next(), next(), next()];
        const [from, to] = [operand(), operand()];
        return (place) => {
          for (const inner of places([d0, d1, d2])) {
            let sum = 0;
            for (let i = 0; i < length; i++) {
              const step = flags & 2 ? length - 1 - i : i;
              const value = floatOf(bits(from, place, [...inner, step]));
              if (flags & 1) put(to, place, [...inner, step], bitsOf(sum));
              sum = f(sum + value);
              if (!(flags & 1)) put(to, place, [...inner, step], bitsOf(sum));
            }
          }
        };
      }
      case 8: {
        const [k = 1] = [next(), next()];
        const [d0 = 1, d1 = 1, d2 = 1, length = 1] = [next(), next(), next(), next()];
        const [from, values, indices] = [operand(), operand(), operand()];
        return (place) => {
          for (const inner of places([d0, d1, d2])) {
            const all = Array.from({ length }, (_, i) => floatOf(bits(from, place, [...inner, i])));
            const order = all.map((_, i) => i).sort((a, b) => (all[b] ?? 0) - (all[a] ?? 0) || a - b);
            for (let i = 0; i < k; i++) {
              put(values, place, [...inner, i], bitsOf(all[order[i] ?? 0] ?? 0));
              put(indices, place, [...inner, i], order[i] ?? 0);
            }
          }
        };
      }
      default:
        throw new Error(`no instruction ${opcode}`);
    }
  };

  while (at < code.length) {
    const end = at + (code[at + 1] ?? 0);
    const [, , all = 0, rows = 1, tile = 1] = [next(), next(), next(), next(), next()];
    const steps: ((place: Place) => void)[] = [];
    while (at < end) steps.push(instruction());
    for (let batch = 0; batch < all / rows; batch++) {
      for (let first = 0; first < rows; first += tile) {
        // Nothing that one tile leaves behind is of use to the next.
        local.floats.fill(Number.NaN);
        for (const step of steps) {
          for (let row = first; row < Math.min(rows, first + tile); row++) {
            step({ batch, row, rowInTile: row - first });
          }
        }
      }
    }
  }
  return outputs.map((space) => space.floats);
}
