import type { Instruction, Use } from './instructions';
import { inRegion, ownStructure, type RowAccess, type RowForm, type Structure } from './rows';
import { type Dependency, dependenciesOf } from './uses';

export interface Placed {
  one: Instruction;
  form: RowForm;
}

/** Instructions that are executed together, a tile of rows after the other. */
export interface Region extends Structure {
  items: Placed[];
}

/** First and last word that one row of an access touches, from the row's first one. */
export function rowRange({ access, strides }: RowAccess, sizes: readonly number[]): [number, number] {
  let [low, high] = [access.offset, access.offset];
  strides.forEach((stride, i) => {
    const reach = ((sizes[i] ?? 1) - 1) * stride;
    if (reach < 0) low += reach;
    else high += reach;
  });
  return [low, high];
}

/** The words of one row, of all given accesses together: undefined where rows do not lie apart. */
export function rowWindow(
  accesses: readonly { use: RowAccess; sizes: readonly number[] }[],
  { batches, rows }: Structure,
): { low: number; words: number } | undefined {
  const [first] = accesses;
  if (!first) return undefined;
  const { batch, row } = first.use;
  if (accesses.some(({ use }) => (batches > 1 && use.batch !== batch) || (rows > 1 && use.row !== row)))
    return undefined;
  const ranges = accesses.map(({ use, sizes }) => rowRange(use, sizes));
  const low = Math.min(...ranges.map(([from]) => from));
  const words = Math.max(...ranges.map(([, to]) => to)) - low + 1;
  if (rows > 1 && words > row) return undefined;
  if (batches > 1 && words > batch) return undefined;
  const nested = batch >= (rows - 1) * row + words || row >= (batches - 1) * batch + words;
  return batches === 1 || rows === 1 || nested ? { low, words } : undefined;
}

const accessOf = (form: RowForm, use: Use) => form.uses.find(({ access }) => access === use.access);

/** Whether a row reads of what its region wrote only what the same row wrote. */
function sameRows(
  { written, read }: Dependency,
  writer: Placed,
  { one, form: reader }: Placed,
  structure: Structure,
): boolean {
  // The right matrix of a product is packed before the region's first row.
  const isRight = one.kind === 'matmul' && read.access === one.b;
  const [from, to] = [accessOf(writer.form, written), accessOf(reader, read)];
  if (!from || !to || isRight) return false;
  return (
    rowWindow(
      [
        { use: from, sizes: [...writer.form.inner, ...written.own] },
        { use: to, sizes: [...reader.inner, ...read.own] },
      ],
      structure,
    ) !== undefined
  );
}

/** Kinds of rows that are tried when a region begins; more hardly make better regions. */
const MOST_CANDIDATES = 8;

/**
 * Puts the instructions into regions, each as large as it gets: whatever has the same rows and needs of the others
 * only its own row. Of the kinds of rows that could come next the one with the most instructions is taken.
 */
export function regionsOf(instructions: readonly Instruction[]): Region[] {
  const dependencies = dependenciesOf(instructions);
  const own = instructions.map(ownStructure);
  const done = new Set<number>();
  let left = instructions.map((_, at) => at);
  const regions: Region[] = [];

  const collect = (structure: Structure): Map<number, Placed> => {
    const taken = new Map<number, Placed>();
    for (const at of left) {
      const one = instructions[at] as Instruction;
      const waits = dependencies[at] ?? [];
      if (!waits.every(({ writer }) => done.has(writer) || taken.has(writer))) continue;
      const form = inRegion(one, structure);
      if (!form) continue;
      const apart = waits.some((wait) => {
        const writer = taken.get(wait.writer);
        return writer !== undefined && !sameRows(wait, writer, { one, form }, structure);
      });
      if (!apart) taken.set(at, { one, form });
    }
    return taken;
  };

  while (left.length > 0) {
    const candidates = new Map<string, Structure>();
    for (const at of left) {
      if (candidates.size >= MOST_CANDIDATES) break;
      if (!(dependencies[at] ?? []).every(({ writer }) => done.has(writer))) continue;
      const { batches, rows } = own[at] as Structure;
      candidates.set(`${batches} ${rows}`, { batches, rows });
    }
    let best: { structure: Structure; taken: Map<number, Placed> } | undefined;
    for (const structure of candidates.values()) {
      const taken = collect(structure);
      if (!best || taken.size > best.taken.size) best = { structure, taken };
    }
    if (!best || best.taken.size === 0) throw new Error('the instructions wait for each other');
    regions.push({ ...best.structure, items: [...best.taken.values()] });
    for (const at of best.taken.keys()) done.add(at);
    left = left.filter((at) => !done.has(at));
  }
  return regions;
}
