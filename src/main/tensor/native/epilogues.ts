import type { Access, Activation, Instruction, MapInstruction, MatmulInstruction } from './instructions';
import type { MapOp } from './map-ops';
import { commonPieces, cutInto } from './refine';
import { sameWalk, soleReaders } from './tidy';
import { type Usage, usesByBuffer } from './uses';

const ACTIVATIONS: Partial<Record<MapOp, Activation>> = { RELU: 'relu', TANH: 'tanh', SIGMOID: 'sigmoid' };

/**
 * A map of one operation on what the product writes, walking it as the product does. Where their dimensions are cut in
 * different ways, both are brought to the same.
 */
function followed(one: Instruction, product: MatmulInstruction): one is MapInstruction {
  if (one.kind !== 'map' || one.operations.length !== 1 || one.stores.length !== 1) return false;
  const columns = product.n === 1 ? [] : [product.n];
  const pieces = commonPieces(one.dims, [...product.dims, ...columns]);
  // Columns stay in one piece.
  if (!pieces || (product.n > 1 && pieces.at(-1) !== product.n)) return false;
  cutInto(one, pieces);
  cutInto(product, pieces.slice(0, pieces.length - columns.length));
  return one.loads.every((load) => load.buffer !== product.c.buffer || sameWalk(load, product.c, pieces));
}

/** The product's columns are its last dimension, which it does not have where there is one. */
const asColumns = (access: Access, { n }: MatmulInstruction): Access =>
  n === 1 ? { ...access, strides: [...access.strides, 1] } : access;

const storeOf = (one: MapInstruction): Access => (one.stores[0] as MapInstruction['stores'][0]).access;

/** The sum that follows a product, as its bias. */
function takeBias(product: MatmulInstruction, one: Instruction): boolean {
  if (!followed(one, product) || one.operations[0]?.op !== 'ADD' || one.loads.length !== 2) return false;
  const other = one.loads.find(({ buffer }) => buffer !== product.c.buffer);
  if (!other) return false;
  product.bias = asColumns(other, product);
  product.c = asColumns(storeOf(one), product);
  return true;
}

function takeActivation(product: MatmulInstruction, one: Instruction): boolean {
  if (!followed(one, product)) return false;
  const activation = ACTIVATIONS[one.operations[0]?.op ?? 'COPY'];
  if (!activation) return false;
  product.activation = activation;
  product.c = asColumns(storeOf(one), product);
  return true;
}

/** x·σ(x): two maps, of which nobody else reads the first one. @returns the second */
function takeSilu(
  product: MatmulInstruction,
  reads: readonly Usage[],
  soleReader: (of: MapInstruction) => Instruction | undefined,
): MapInstruction | undefined {
  const maps = reads.map(({ one }) => one);
  const sigmoid = maps.find((one) => followed(one, product) && one.operations[0]?.op === 'SIGMOID');
  const times = maps.find((one) => followed(one, product) && one.operations[0]?.op === 'MUL');
  if (sigmoid?.kind !== 'map' || times?.kind !== 'map' || soleReader(sigmoid) !== times) return undefined;
  const other = times.loads.find(({ buffer }) => buffer !== product.c.buffer);
  if (!other || !sameWalk(other, storeOf(sigmoid), times.dims)) return undefined;
  product.activation = 'silu';
  product.c = asColumns(storeOf(times), product);
  return times;
}

/**
 * Bias and activation that follow a matrix product become part of it, where nobody else needs what lies between. The
 * product moves to where the last of them was.
 */
export function withEpilogues(instructions: readonly Instruction[]): Instruction[] {
  const uses = usesByBuffer(instructions);
  const list: (Instruction | undefined)[] = [...instructions];
  const places = new Map(instructions.map((one, at) => [one, at]));
  // A sum of two products belongs to one of them.
  const taken = new Set<Instruction>();
  const readersOf = (product: MatmulInstruction, count: number): Usage[] => {
    const reads = soleReaders(uses.get(product.c.buffer), count) ?? [];
    return reads.some(({ one }) => taken.has(one)) ? [] : reads;
  };
  const take = (product: MatmulInstruction, last: Instruction, also: Instruction[] = []) => {
    for (const one of [product, last, ...also]) list[places.get(one) ?? 0] = undefined;
    for (const one of [last, ...also]) taken.add(one);
    const at = places.get(last) ?? 0;
    list[at] = product;
    places.set(product, at);
  };
  for (const product of instructions) {
    if (product.kind !== 'matmul') continue;
    const [sum] = readersOf(product, 1);
    if (sum && takeBias(product, sum.one)) take(product, sum.one);
    const [only] = readersOf(product, 1);
    if (only && takeActivation(product, only.one)) take(product, only.one);
    else {
      const reads = readersOf(product, 2);
      const soleReader = (one: MapInstruction) => soleReaders(uses.get(storeOf(one).buffer), 1)?.[0]?.one;
      const sigmoid = reads.map(({ one }) => one);
      const times = takeSilu(product, reads, soleReader);
      if (times)
        take(
          product,
          times,
          sigmoid.filter((one) => one !== times),
        );
    }
  }
  return list.filter((one) => one !== undefined);
}
