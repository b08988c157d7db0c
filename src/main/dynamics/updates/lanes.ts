import {
  type Engine,
  type Lane,
  openInTurn,
  openLanes,
  type PortableProgram,
  type TensorProgram,
} from '../../tensor';
import {
  type Calls,
  METRIC,
  optimisersOf,
  type State,
  tracedUpdates,
  type UpdateShape,
} from './traced-update';

/** An array in shared memory, twice: updates read the one and write the other, in turn. */
type Twice = readonly [Float32Array, Float32Array];

const shared = (words: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(words * Float32Array.BYTES_PER_ELEMENT));

/**
 * Updates in two lanes, each a program of one update in a thread of its own (`beside` of the update's shape), which meet after
 * every update; with one thread they take turns. Both are traced from the same step, of which a lane keeps what its own arrays and metrics need, so that the
 * numbers are those of one lane. Null where the engine has no programs for several threads.
 */
export async function callsInLanes<Metric extends string>(
  engine: Engine,
  shape: UpdateShape<Metric>,
  threads: number,
): Promise<Calls | null> {
  const [optimiser, ...others] = optimisersOf(shape, 1);
  const { write } = engine;
  if (!write || !optimiser || others.length > 0 || shape.unroll % 2 !== 0) return null;
  const traced = tracedUpdates(shape, 1, [optimiser]);
  const written = (side: boolean) =>
    write(
      only(traced.program, (name) => isBeside(shape, name) === side),
      traced.specs,
      { name: shape.name },
    );
  const programs = { here: written(false), beside: written(true) };
  if (programs.here.kind !== 'native' || programs.beside.kind !== 'native') return null;

  const arrays = new Map(
    [...shape.arrays].map(([name, { values }]): [string, Twice] => {
      return [name, [shared(values.length), shared(values.length)]];
    }),
  );
  const feeds = new Map(
    traced.specs
      .filter(({ name }) => !arrays.has(name))
      .map(({ name, shape: dims }) => [name, shared(shape.unroll * dims.reduce((a, b) => a * b, 1))]),
  );
  const metrics = new Map<string, Float32Array>();
  const laneOf = (program: Extract<PortableProgram, { kind: 'native' }>): Lane => {
    for (const { name } of program.outputs) {
      if (name.startsWith(METRIC)) metrics.set(name, shared(shape.unroll));
    }
    const turns = Array.from({ length: shape.unroll }, (_, turn) => ({
      inputs: program.inputs.map(({ name }) => {
        const twice = arrays.get(name);
        return twice ? twice[at(turn)] : part(feeds.get(name), turn, shape.unroll);
      }),
      outputs: program.outputs.map(({ name }) => {
        const twice = arrays.get(name);
        return twice ? twice[at(turn + 1)] : part(metrics.get(name), turn, shape.unroll);
      }),
    }));
    return { program, turns };
  };
  const open = threads > 1 ? openLanes : openInTurn;
  const lanes = await open(laneOf(programs.here), laneOf(programs.beside), shape.name);
  let last: State = {};
  return {
    async run(state, given) {
      // What came from here and was not changed lies there still.
      for (const [name, [from]] of arrays)
        if (state[name] !== last[name] || !state[name]) copy(from, state, name);
      for (const [name, to] of feeds) copy(to, given, name);
      lanes.run();
      last = Object.fromEntries([...arrays].map(([name, [after]]) => [name, Float32Array.from(after)]));
      return {
        arrays: { ...last },
        metrics: Object.fromEntries(
          [...metrics].map(([name, values]) => [
            name.slice(METRIC.length),
            values.reduce((sum, value) => sum + value, 0) / values.length,
          ]),
        ),
      };
    },
    dispose: () => lanes.dispose(),
  };
}

const at = (turn: number): 0 | 1 => (turn % 2 === 0 ? 0 : 1);

/** Of an array of all updates that of one. */
function part(all: Float32Array | undefined, turn: number, turns: number): Float32Array {
  if (!all) throw new RangeError('a lane has a tensor that nobody knows');
  const words = all.length / turns;
  return all.subarray(turn * words, (turn + 1) * words);
}

function copy(to: Float32Array, from: State, name: string): void {
  const values = from[name];
  if (values?.length !== to.length) throw new RangeError(`"${name}" needs ${to.length} numbers`);
  to.set(values);
}

function isBeside<Metric extends string>({ beside }: UpdateShape<Metric>, output: string): boolean {
  if (output.startsWith(METRIC)) return beside?.metrics.includes(output.slice(METRIC.length)) ?? false;
  const name = output.replace(/^(first|second)\//, '');
  return beside?.arrays.some((prefix) => name.startsWith(prefix)) ?? false;
}

/** The program with some of its outputs alone. */
const only =
  (program: TensorProgram, kept: (output: string) => boolean): TensorProgram =>
  (given) =>
    Object.fromEntries(Object.entries(program(given)).filter(([name]) => kept(name)));
