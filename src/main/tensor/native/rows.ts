import { type Access, type Instruction, usesOf } from './instructions';
import { sizeOf } from './view';

/** Rows of a region: `batches` times `rows`. */
export interface Structure {
  batches: number;
  rows: number;
}

/** An access as the rows of a region walk it. */
export interface RowAccess {
  access: Access;
  batch: number;
  row: number;
  /** Along the inner axes, then the instruction's own. */
  strides: number[];
}

/** An instruction as one of rows: what is left of its dimensions inside a row, and its accesses in the order of usesOf. */
export interface RowForm {
  inner: number[];
  uses: RowAccess[];
}

/** Axes that an operand of the executor has inside a row. */
export const MOST_AXES = 4;
const INNER_AXES: Record<Instruction['kind'], number> = {
  ...{ map: MOST_AXES, matmul: 0, reduce: 2, gather: 3, scatter: 3, 'scatter-add': 3, scan: 3, topk: 3 },
};
const MOST_REDUCED = 2;

/** Neighbouring axes that every access walks as one, as one. */
export function mergedAxes(
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
): { sizes: number[]; strides: number[][] } {
  const merged: number[] = [];
  const walks: number[][] = strides.map(() => []);
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const last = merged.length - 1;
    const continues = last >= 0 && strides.every((walk, i) => walks[i]?.[last] === (walk[axis] ?? 0) * size);
    if (continues) merged[last] = (merged[last] ?? 1) * size;
    else merged.push(size);
    strides.forEach((walk, i) => {
      walks[i][continues ? last : merged.length - 1] = walk[axis] ?? 0;
    });
  });
  return { sizes: merged, strides: walks };
}

/** A piece of a dimension: its size, and by what the dimension's stride is multiplied to step along it. */
interface Piece {
  size: number;
  dimension: number;
  times: number;
}

/** Cuts the dimensions into those that make the batches, those that make the rows, and the rest. */
function cut(dims: readonly number[], { batches, rows }: Structure): [Piece[], Piece[], Piece[]] | undefined {
  const parts: [Piece[], Piece[], Piece[]] = [[], [], []];
  const need = [batches, rows];
  for (const [dimension, whole] of dims.entries()) {
    let left = whole;
    while (left > 1) {
      const part = need[0] > 1 ? 0 : need[1] > 1 ? 1 : 2;
      const wanted = part === 2 ? left : need[part];
      const size = left % wanted === 0 ? wanted : wanted % left === 0 ? left : 0;
      if (size === 0) return undefined;
      left /= size;
      parts[part].push({ size, dimension, times: left });
      if (part < 2) need[part] /= size;
    }
  }
  return need[0] === 1 && need[1] === 1 ? parts : undefined;
}

/** The one stride that pieces make together; undefined where they do not continue each other. */
function oneStride(pieces: readonly Piece[], strides: readonly number[]): number | undefined {
  let stride = 0;
  let reach = 0;
  for (const { size, dimension, times } of [...pieces].reverse()) {
    const own = (strides[dimension] ?? 0) * times;
    if (reach === 0) [stride, reach] = [own, size];
    else if (own !== stride * reach) return undefined;
    else reach *= size;
  }
  return stride;
}

/** The instruction as one of rows of this structure; undefined where its dimensions or strides do not allow it. */
export function inRows(one: Instruction, structure: Structure): RowForm | undefined {
  const parts = cut(one.dims, structure);
  if (!parts) return undefined;
  const [batches, rows, rest] = parts;
  const uses: RowAccess[] = [];
  for (const { access } of usesOf(one)) {
    const [batch, row] = [oneStride(batches, access.strides), oneStride(rows, access.strides)];
    if (batch === undefined || row === undefined) return undefined;
    const inner = rest.map(({ dimension, times }) => (access.strides[dimension] ?? 0) * times);
    uses.push({ access, batch, row, strides: [...inner, ...access.strides.slice(one.dims.length)] });
  }
  const inner = rest.map(({ size }) => size);
  const axes = mergedAxes(
    inner,
    uses.map(({ strides }) => strides),
  );
  if (axes.sizes.length > INNER_AXES[one.kind]) return undefined;
  if (one.kind === 'matmul' && uses[1]?.row !== 0) return undefined;
  if (one.kind === 'reduce') {
    const reduced = mergedAxes(one.reduced, [one.load.strides.slice(one.dims.length)]);
    if (reduced.sizes.length > MOST_REDUCED) return undefined;
  }
  return { inner, uses };
}

/** Whether what is reduced lies closer together than what is kept. */
function reducesInside(one: Instruction): boolean {
  if (one.kind !== 'reduce') return true;
  const steps = one.load.strides.map(Math.abs);
  const [kept, reduced] = [steps.slice(0, one.dims.length), steps.slice(one.dims.length)];
  return Math.min(...reduced) < Math.min(...kept.filter((step) => step > 0));
}

/** The rows that an instruction has by itself. */
export function ownStructure(one: Instruction): Structure {
  const { dims } = one;
  const [first = 1, second = 1] = dims;
  if (one.kind === 'matmul') {
    // Rows are what shares the other matrix.
    let from = dims.length;
    while (from > 0 && one.b.strides[from - 1] === 0) from--;
    return { batches: sizeOf(dims.slice(0, from)), rows: sizeOf(dims.slice(from)) };
  }
  if (dims.length === 1) return { batches: 1, rows: reducesInside(one) ? first : 1 };
  return dims.length === 2 ? { batches: 1, rows: first } : { batches: first, rows: second };
}

/**
 * The instruction as one of a region's rows, if it should be there: it has as many rows by itself, or nothing else than
 * rows.
 */
export function inRegion(one: Instruction, structure: Structure): RowForm | undefined {
  const own = ownStructure(one);
  const [mine, wanted] = [own.batches * own.rows, structure.batches * structure.rows];
  if (mine === wanted) return inRows(one, structure);
  if (mine > wanted || mine === 1) return undefined;
  const form = sizeOf(one.dims) === wanted ? inRows(one, structure) : undefined;
  return form?.inner.length === 0 ? form : undefined;
}

/** More instructions than this are not made of one. */
const MOST_PARTS = 4096;

/** Instructions with more axes than the executor walks become several, along their shortest axis. */
export function walkable(one: Instruction): Instruction[] | undefined {
  if (inRows(one, ownStructure(one))) return [one];
  const shortest = one.dims.indexOf(Math.min(...one.dims));
  if (shortest < 0 || one.dims[shortest] > MOST_PARTS) return undefined;
  const parts: Instruction[] = [];
  for (let i = 0; i < (one.dims[shortest] ?? 1); i++) {
    const part = structuredCloneOf(one);
    for (const { access } of usesOf(part)) {
      access.offset += i * (access.strides[shortest] ?? 0);
      access.strides.splice(shortest, 1);
    }
    part.dims.splice(shortest, 1);
    const walked = walkable(part);
    if (!walked || parts.push(...walked) > MOST_PARTS) return undefined;
  }
  return parts;
}

/** A copy with accesses of its own to the same buffers. */
function structuredCloneOf(one: Instruction): Instruction {
  const access = ({ buffer, offset, strides }: Access): Access => ({ buffer, offset, strides: [...strides] });
  const copy = { ...one, dims: [...one.dims] } as Instruction;
  if (copy.kind === 'map') {
    copy.loads = copy.loads.map(access);
    copy.stores = copy.stores.map((store) => ({ ...store, access: access(store.access) }));
    return copy;
  }
  return Object.fromEntries(
    Object.entries(copy).map(([key, value]) => [key, isAccess(value) ? access(value) : value]),
  ) as unknown as Instruction;
}

const isAccess = (value: unknown): value is Access =>
  typeof value === 'object' && value !== null && 'buffer' in value;
