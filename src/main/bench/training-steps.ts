import { EnsembleOptions, type OptionsOf } from '../../shared/model-options';
import { Random } from '../../shared/random';
import { inputCount, type ModelLayout, targetCount } from '../dynamics/layout';
import { adamSchedule } from '../dynamics/training/adam';
import { gradientClass, initialState, type StepShape, trainProgram } from '../dynamics/training/train-step';
import type { NamedArray } from '../dynamics/types';
import type { CompiledProgram, Engine } from '../tensor';
import { cartPoleNormaliser } from './plan-model';

/** Five inputs and, as mean and log variance of four observations, eight outputs: the cart-pole. */
const LAYOUT: ModelLayout = { angles: [false, false, false, false], actions: 1, history: 1, reward: false };

export interface StepSizes {
  network: Pick<OptionsOf<'ensemble'>, 'hiddenLayers' | 'hiddenUnits'>;
  members: number;
  batch: number;
  /** Optimisation steps in one call. */
  unroll: number;
}

/** The real training program of an ensemble on batches of random numbers: forward pass, gradient and Adam. */
export class TrainingSteps {
  #state: Record<string, Float32Array>;
  #step = 1;

  private constructor(
    readonly sizes: StepSizes,
    private readonly program: CompiledProgram,
    /** What it begins with, the optimiser's state not among it. */
    readonly weights: ReadonlyMap<string, NamedArray>,
    /** [unroll, members, batch, …], the same in every call. */
    readonly batches: ReadonlyMap<string, NamedArray>,
  ) {
    this.#state = valuesOf(initialState(new Map(weights)));
  }

  static async compile(engine: Engine, sizes: StepSizes, threads: number): Promise<TrainingSteps> {
    const random = new Random(0);
    const { shape, weights } = stepShape(sizes, random);
    const { program, specs } = trainProgram(weights, shape);
    const options = { name: 'training step', threads };
    const compiled = await engine.compile(program, specs, options);
    const normals = (width: number): NamedArray => {
      const shape = [sizes.unroll, sizes.members, sizes.batch, width];
      return { shape, values: random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))) };
    };
    const batches = new Map([
      ['inputs', normals(inputCount(LAYOUT))],
      ['targets', normals(targetCount(LAYOUT))],
    ]);
    return new TrainingSteps(sizes, compiled, weights, batches);
  }

  get compileMs(): number {
    return this.program.compileMs;
  }

  /** The operator that the engine lacks and leaves to ONNX Runtime; empty where it computes itself. */
  get missing(): string {
    return this.program.missing ?? '';
  }

  /** One call. Returns the loss of every member, [members]. */
  async call(): Promise<Float32Array> {
    const schedule = adamSchedule(1e-3, this.#step, this.sizes.unroll);
    const { nll, ...state } = await this.program.run({ ...this.#state, ...valuesOf(this.batches), schedule });
    this.#state = state as Record<string, Float32Array>;
    this.#step += this.sizes.unroll;
    return nll as Float32Array;
  }

  dispose(): Promise<void> {
    return this.program.dispose();
  }
}

const valuesOf = (arrays: ReadonlyMap<string, NamedArray>): Record<string, Float32Array> =>
  Object.fromEntries([...arrays].map(([name, { values }]) => [name, values]));

function stepShape({ network, members, batch, unroll }: StepSizes, random: Random) {
  const options = EnsembleOptions.parse({ ...network, name: 'ensemble', members });
  const shape: StepShape = {
    ...{ layout: LAYOUT, class: options, loss: { name: 'one-step' }, rows: batch, batch, unroll },
    stage: { steps: 1, share: 1, title: '' },
    weightDecay: 3e-5,
    normaliser: cartPoleNormaliser(),
  };
  return { shape, weights: gradientClass(options).initialWeights(LAYOUT, options, random) };
}

/**
 * 10⁹ operations of the matrix products of one optimisation step of all members: a multiply-add counts as two, the
 * backward pass as two forward passes, everything else as nothing.
 */
export function stepGflop({ network, members, batch }: StepSizes): number {
  const { hiddenLayers, hiddenUnits } = network;
  const outputs = 2 * targetCount(LAYOUT);
  const multiplyAdds =
    inputCount(LAYOUT) * hiddenUnits + (hiddenLayers - 1) * hiddenUnits ** 2 + hiddenUnits * outputs;
  return (3 * 2 * members * batch * multiplyAdds) / 1e9;
}
