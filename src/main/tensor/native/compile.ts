import type { OnnxNode } from '../onnx/model';
import type { TracedGraph } from '../trace/program';
import { encodeProgram, type NativeDescription } from './encode';
import { withEpilogues } from './epilogues';
import { fused } from './fusion';
import type { Buffer, Instruction } from './instructions';
import { Lowering, type Operator, UnsupportedOperator } from './lowering';
import { planMemory } from './memory';
import { ELEMENTWISE } from './operators/elementwise';
import { INDEXING } from './operators/indexing';
import { MATRIX } from './operators/matrix';
import { REDUCTION } from './operators/reductions';
import { SHAPE } from './operators/shape';
import { type Region, regionsOf } from './regions';
import { walkable } from './rows';
import { withoutUnits, withoutUnused, writtenInPlace } from './tidy';
import { readsOf, usesByBuffer } from './uses';
import { sizeOf } from './view';

const OPERATORS: Record<string, Operator> = {
  ...ELEMENTWISE,
  ...SHAPE,
  ...MATRIX,
  ...REDUCTION,
  ...INDEXING,
};

function lower(lowering: Lowering, node: OnnxNode): void {
  const operator = OPERATORS[node.op];
  if (!operator) throw new UnsupportedOperator(node.op);
  const infos = node.outputs.map((name) => lowering.info(name));
  const [first] = infos;
  if (infos.every(({ shape }) => sizeOf(shape) > 0)) operator(lowering, node);
  else if (first === undefined || infos.length > 1) {
    throw new UnsupportedOperator(`${node.op} with an empty part`);
  } else lowering.define(node.outputs[0], lowering.constant([], first.shape, first.type));
}

/** The graph as instructions on whole tensors. */
function lowered({ nodes, initializers, values, inputs, outputs }: TracedGraph): Instruction[] {
  const lowering = new Lowering(values);
  inputs.forEach(({ name, shape, dtype }, i) => {
    lowering.define(name, lowering.bound('input', i, shape, dtype ?? 'float32'));
  });
  for (const initializer of initializers) lowering.initializer(initializer);
  for (const node of nodes) lower(lowering, node);
  outputs.forEach(({ from, shape, dtype }, i) => {
    const view = lowering.view(from);
    lowering.copy(view, lowering.bound('output', i, shape, dtype ?? 'float32'));
  });
  return lowering.instructions;
}

/** Instructions that the executor can walk, none of them unneeded. */
function simplified(given: Instruction[]): Instruction[] {
  withoutUnits(given);
  const instructions = writtenInPlace(withoutUnused(withEpilogues(given)));
  return instructions.flatMap((one) => {
    const walked = walkable(one);
    if (!walked) throw new UnsupportedOperator(`${one.kind} with ${one.dims.length} axes`);
    return walked;
  });
}

/** Regions with their maps fused. */
function fusedRegions(instructions: readonly Instruction[]): Region[] {
  const readers = new Map<Buffer, Set<Instruction>>();
  for (const [buffer, uses] of usesByBuffer(instructions)) {
    readers.set(buffer, new Set(readsOf(uses).map(({ one }) => one)));
  }
  return regionsOf(instructions).map((region) =>
    fused(region, ({ access: { buffer } }, group) => {
      if (buffer.kind === 'output') return true;
      return [...(readers.get(buffer) ?? [])].some((one) => !group.has(one));
    }),
  );
}

/**
 * A traced program as one of the native executor.
 * @throws UnsupportedOperator for what the executor does not know
 */
export function compileGraph(graph: TracedGraph): { description: NativeDescription; regions: Region[] } {
  const regions = fusedRegions(simplified(lowered(graph))).filter(({ items }) => items.length > 0);
  const bound = (specs: TracedGraph['inputs']) =>
    specs.map(({ shape, dtype }) => ({ words: sizeOf(shape), bytes: dtype === 'bool' }));
  const description = encodeProgram(regions, planMemory(regions), {
    inputs: bound(graph.inputs),
    outputs: bound(graph.outputs),
  });
  return { description, regions };
}
