import type { Attribute, ElementType, OnnxInitializer, OnnxNode } from '../onnx/model';

export type Numbers = ArrayLike<number>;

/**
 * A value of the graph under construction. `shape` is the shape it has in the graph, which may be smaller than the
 * shape tfjs believes in: a tensor of equal numbers is one number, broadcast where it is used.
 */
export interface Ref {
  /** Empty until a constant is first used by a node; then its initialiser's name. */
  name: string;
  shape: readonly number[];
  type: ElementType;
  /** The numbers, when they are known while tracing. */
  content?: Numbers;
}

/** Constants up to this many numbers are looked up by content, so that equal ones share an initialiser. */
const SHARED_CONSTANT_SIZE = 64;

export function packNumbers(values: Numbers, type: ElementType): Uint8Array {
  const typed = (() => {
    if (type === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values);
    if (type === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values);
    if (type === 'bool')
      return values instanceof Uint8Array ? values : Uint8Array.from(values, (v) => (v ? 1 : 0));
    return BigInt64Array.from(Array.from(values, (v) => BigInt(v)));
  })();
  // Copied: the caller may reuse its array before the graph is written.
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength).slice();
}

/** What is known of a value of the graph when its node is written. */
export interface ValueInfo {
  shape: readonly number[];
  type: ElementType;
}

/** Nodes and initialisers in the order they were written down; equal nodes are written once. */
export class Graph {
  readonly nodes: OnnxNode[] = [];
  /** Shape and type of every node's outputs. */
  readonly values = new Map<string, ValueInfo>();
  readonly #initializers = new Map<string, OnnxInitializer>();
  readonly #written = new Map<string, string[]>();
  readonly #constants = new Map<string, string>();
  readonly #largeConstants = new Map<Numbers, Map<string, string>>();
  readonly #names: Set<string>;
  #counter = 0;

  /** @param reserved names of the program's inputs and outputs, which no node may take. */
  constructor(reserved: Iterable<string>) {
    this.#names = new Set(reserved);
  }

  #fresh(prefix: string): string {
    let name: string;
    do name = `${prefix}_${this.#counter++}`;
    while (this.#names.has(name));
    return name;
  }

  /** Names of the outputs of a node; the existing node's, when the same one was written before. */
  add(
    op: string,
    inputs: string[],
    attributes: Record<string, Attribute>,
    results: readonly ValueInfo[],
  ): string[] {
    const key = JSON.stringify([op, inputs, attributes, results.length]);
    const known = this.#written.get(key);
    if (known) return known;
    const outputs = results.map(({ shape, type }) => {
      const name = this.#fresh(op);
      this.values.set(name, { shape, type });
      return name;
    });
    this.nodes.push({ op, inputs, outputs, attributes });
    this.#written.set(key, outputs);
    return outputs;
  }

  constant(values: Numbers, shape: readonly number[], type: ElementType): string {
    const write = () => {
      const name = this.#fresh('const');
      this.#initializers.set(name, { name, shape, type, raw: packNumbers(values, type) });
      return name;
    };
    if (values.length > SHARED_CONSTANT_SIZE)
      return this.#shared(values, `${type} ${shape.join('x')}`, write);
    const distinct = Array.from(values, (v) => (Object.is(v, -0) ? '-0' : String(v)));
    const key = `${type} ${shape.join('x')} ${distinct.join(' ')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = write();
    this.#constants.set(key, name);
    return name;
  }

  /** Large ones are the same where they come in the same array: weights that every step of a rollout reads. */
  #shared(values: Numbers, key: string, write: () => string): string {
    const known = this.#largeConstants.get(values) ?? new Map<string, string>();
    const name = known.get(key) ?? write();
    this.#largeConstants.set(values, known.set(key, name));
    return name;
  }

  /** What the named outputs depend on, in an order in which it can be computed. */
  reachable(outputs: Iterable<string>): { nodes: OnnxNode[]; initializers: OnnxInitializer[] } {
    const needed = new Set(outputs);
    const nodes: OnnxNode[] = [];
    for (let i = this.nodes.length - 1; i >= 0; i--) {
      const node = this.nodes[i];
      if (!node?.outputs.some((name) => needed.has(name))) continue;
      for (const name of node.inputs) needed.add(name);
      nodes.push(node);
    }
    const initializers = [...this.#initializers.values()].filter((one) => needed.has(one.name));
    return { nodes: nodes.reverse(), initializers };
  }
}
