import type { Access, Instruction, MapInstruction } from './instructions';
import { usesOf } from './instructions';
import { readsOf, type Usage, usesByBuffer } from './uses';
import { sizeOf } from './view';

/** Takes axes of size 1 out of the instructions' dimensions: they only stand in the way. */
export function withoutUnits(instructions: readonly Instruction[]): void {
  for (const one of instructions) {
    const keep = one.dims.map((size) => size !== 1);
    if (keep.every(Boolean)) continue;
    for (const { access } of usesOf(one)) access.strides = access.strides.filter((_, i) => keep[i] ?? true);
    one.dims = one.dims.filter((size) => size !== 1);
  }
}

/** Leaves out what nobody reads. */
export function withoutUnused(instructions: readonly Instruction[]): Instruction[] {
  const read = new Set<number>();
  const kept: Instruction[] = [];
  for (const one of [...instructions].reverse()) {
    const uses = usesOf(one);
    const needed = uses.some(
      ({ writes, access: { buffer } }) => writes && (buffer.kind === 'output' || read.has(buffer.id)),
    );
    if (!needed) continue;
    for (const { writes, access } of uses) if (!writes) read.add(access.buffer.id);
    kept.push(one);
  }
  return kept.reverse();
}

const isCopy = (one: Instruction): one is MapInstruction =>
  one.kind === 'map' && one.operations.length === 0 && one.loads.length === 1 && one.stores.length === 1;

/** A temporary tensor's axes, the slowest first, and where each goes. */
interface Placement {
  axes: { size: number; stride: number; to: number }[];
  into: Access;
}

/** How a copy moves the whole of a temporary tensor; undefined where it moves a part, or repeats it. */
function placementOf(one: MapInstruction): Placement | undefined {
  const [from, into] = [one.loads[0] as Access, (one.stores[0] as MapInstruction['stores'][0]).access];
  const axes = one.dims.map((size, i) => ({
    ...{ size, stride: from.strides[i] ?? 0, to: into.strides[i] ?? 0 },
  }));
  axes.sort((a, b) => b.stride - a.stride);
  let expected = 1;
  for (const { size, stride } of [...axes].reverse()) {
    if (stride !== expected) return undefined;
    expected *= size;
  }
  return from.offset === 0 && expected === from.buffer.words ? { axes, into } : undefined;
}

/** An access to the tensor as one to where it has been put; undefined where its steps would have to turn corners. */
function placed(use: Usage, { axes, into }: Placement): Access | undefined {
  const { access, own, one } = use;
  const low = axes.map(({ size, stride }) => Math.floor(access.offset / stride) % size);
  const high = [...low];
  const extents = [...one.dims, ...own];
  const strides = extents.map((extent, i) => {
    const given = access.strides[i] ?? 0;
    let left = Math.abs(given);
    return axes.reduce((sum, { stride, to }, axis) => {
      const steps = Math.floor(left / stride) * Math.sign(given);
      left %= stride;
      if (steps > 0) high[axis] += steps * (extent - 1);
      else low[axis] += steps * (extent - 1);
      return sum + steps * to;
    }, 0);
  });
  const first = axes.map(({ size, stride }) => Math.floor(access.offset / stride) % size);
  const inside = axes.every(({ size }, axis) => low[axis] >= 0 && high[axis] < size);
  if (!inside) return undefined;
  const offset = first.reduce((sum, index, axis) => sum + index * (axes[axis]?.to ?? 0), into.offset);
  return { buffer: into.buffer, offset, strides };
}

/** Columns of a wide product lie side by side. */
const staysFast = ({ one, writes }: Usage, { strides }: Access): boolean =>
  one.kind !== 'matmul' || !writes || one.n < 16 || strides.at(-1) === 1;

const scatters = ({ one, writes }: Usage): boolean =>
  writes && (one.kind === 'scatter' || one.kind === 'scatter-add');

/**
 * Lets whoever makes a tensor write it where a copy would put it (its place in a concatenation, an output), and
 * whoever reads it read it there; the copy is left out.
 */
export function writtenInPlace(instructions: readonly Instruction[]): Instruction[] {
  const uses = usesByBuffer(instructions);
  const gone = new Set<Instruction>();
  for (const one of instructions) {
    if (!isCopy(one)) continue;
    const [from, into] = [one.loads[0]?.buffer, one.stores[0]?.access.buffer];
    if (!from || !into || from.kind !== 'temporary' || from === into) continue;
    if ((uses.get(into) ?? []).some(scatters)) continue;
    const placement = placementOf(one);
    if (!placement) continue;
    const others = (uses.get(from) ?? []).filter((use) => use.one !== one);
    const moved = others.map((use) => placed(use, placement));
    if (moved.some((access, i) => !access || !staysFast(others[i] as Usage, access))) continue;
    others.forEach(({ access }, i) => {
      Object.assign(access, moved[i]);
    });
    const own = (uses.get(into) ?? []).filter((use) => use.one !== one);
    uses.set(
      into,
      [...own, ...others].sort((a, b) => a.at - b.at),
    );
    uses.delete(from);
    gone.add(one);
  }
  return instructions.filter((one) => !gone.has(one));
}

/** Whether nobody but `readers` instructions reads what an instruction writes, and nobody else writes there. */
export function soleReaders(uses: readonly Usage[] | undefined, readers: number): Usage[] | undefined {
  if ((uses ?? []).filter(({ writes }) => writes).length !== 1) return undefined;
  const reads = readsOf(uses);
  return new Set(reads.map(({ one }) => one)).size === readers ? reads : undefined;
}

/** Whether two accesses walk the same words in the same order. */
export const sameWalk = (a: Access, b: Access, sizes: readonly number[]): boolean =>
  a.buffer === b.buffer &&
  a.offset === b.offset &&
  sizes.every((size, i) => size === 1 || a.strides[i] === b.strides[i]) &&
  sizeOf(sizes) > 0;
