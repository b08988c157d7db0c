import {
  type BackendValues,
  type DataId,
  type DataType,
  engine,
  getKernel,
  KernelBackend,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { ForesightError } from '../../../shared/errors';
import { callSite } from './call-site';
import type { Ref } from './graph';
import { EMITTERS } from './kernels';
import { elementType, Trace } from './trace';

export const TRACE_BACKEND = 'onnx-trace';

/** Operations of tfjs that draw numbers while the program is being traced, told by the scope that tfjs opens for them. */
const RANDOM_SCOPE = /^(random|truncatedNormal|multinomial|dropout|rand_)/i;

/**
 * A tfjs backend that computes nothing. Tensors on it are places in a graph; kernels called on it write nodes.
 * Tensors of other backends may be used inside a program: they are copied in as constants and left where they are.
 */
export class TraceBackend extends KernelBackend {
  readonly trace: Trace;
  readonly #refs = new Map<DataId, Ref>();

  constructor(
    readonly programName: string,
    reserved: Iterable<string>,
    whole: boolean,
  ) {
    super();
    this.trace = new Trace({
      ...{ reserved, whole },
      store: (ref) => this.place(ref),
      find: (info) => this.find(info),
    });
  }

  place(ref: Ref): DataId {
    const dataId = {};
    this.#refs.set(dataId, ref);
    return dataId;
  }

  find(info: TensorInfo): Ref {
    const known = this.#refs.get(info.dataId);
    if (known) return known;
    const values = engine().readSync(info.dataId) as Float32Array | Int32Array | Uint8Array;
    const ref: Ref = { name: '', shape: info.shape, type: elementType(info.dtype), content: values.slice() };
    this.#refs.set(info.dataId, ref);
    return ref;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const drawing = engine().state.scopeStack.find((scope) => RANDOM_SCOPE.test(scope.name));
    if (drawing) {
      throw new ForesightError(
        'engine',
        `The tensor program "${this.programName}" draws random numbers (${drawing.name.replace(/__op$/, '')}${at()}), which would freeze them into the compiled program.`,
        'Draw the numbers outside with a seeded generator and pass them in as an input.',
      );
    }
    const content = (values ?? new Float32Array(shape.reduce((a, b) => a * b, 1))) as Float32Array;
    const first = content[0];
    // tfjs makes full arrays of zeros and ones for gradients; one number says the same.
    const uniform = content.length > 1 && first !== undefined && content.every((v) => Object.is(v, first));
    const ref: Ref = uniform
      ? { name: '', shape: [], type: elementType(dtype), content: [first] }
      : { name: '', shape, type: elementType(dtype), content: content.slice() };
    return this.place(ref);
  }

  override readSync(): BackendValues {
    const error = new ForesightError(
      'engine',
      `The tensor program "${this.programName}" reads the value of a tensor${at()}; while it is compiled there are no values yet.`,
      'Return the tensor as an output, or express the decision with tensor operations such as where().',
    );
    this.trace.failure ??= error;
    throw error;
  }

  override read(): Promise<BackendValues> {
    try {
      return Promise.resolve(this.readSync());
    } catch {
      // Recorded as the trace's failure. Nobody can await inside a traced function, so a rejection would only
      // surface as an unhandled one.
      return new Promise(() => {});
    }
  }

  override disposeData(dataId: DataId): boolean {
    return this.#refs.delete(dataId);
  }

  override numDataIds(): number {
    return this.#refs.size;
  }

  // Every kernel makes a new place, so nothing is ever shared.
  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.#refs.clear();
  }
}

const at = (): string => {
  const site = callSite(new Error('where'));
  return site ? ` at ${site}` : '';
};

for (const [kernelName, emit] of Object.entries(EMITTERS)) {
  if (getKernel(kernelName, TRACE_BACKEND)) continue;
  registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) => emit((backend as TraceBackend).trace, inputs, attrs ?? {}),
  });
}
