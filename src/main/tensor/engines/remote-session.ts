import { Worker } from 'node:worker_threads';
import { type ErrorShape, ForesightError } from '../../../shared/errors';
import { entryPoint } from '../../processes/entry';
import type { CompiledProgram, CompileOptions, PortableProgram, TensorData, TensorSpec } from '../types';
import { disposedError } from './feeds';

export type ToSessionWorker =
  | { type: 'open'; program: PortableProgram; options: CompileOptions }
  | { type: 'run'; id: number; feeds: Record<string, TensorData> }
  | { type: 'close' };
export type FromSessionWorker =
  | { type: 'opened'; inputs: TensorSpec[]; outputs: TensorSpec[] }
  | { type: 'result'; id: number; result: Record<string, TensorData> }
  | { type: 'failed'; id: number | null; error: ErrorShape };

interface Waiting {
  resolve(message: FromSessionWorker): void;
  reject(error: unknown): void;
}

/**
 * A program opened in a worker thread of its own: `run` does not block its caller, so graphs that do not depend on
 * each other compute side by side, each on one core and without the barriers that two threads inside one call have at
 * every operation. Feeds are copied when `run` is called and may be changed right after.
 * @throws ForesightError as `openPortable`
 */
export async function createRemoteSession(
  program: PortableProgram,
  options: CompileOptions,
): Promise<CompiledProgram> {
  const began = performance.now();
  const { path, execArgv } = entryPoint('session-worker');
  const worker = new Worker(path, { execArgv, name: options.name });
  const waiting = new Map<number | null, Waiting>();
  let ended: ForesightError | undefined;
  const end = (error: ForesightError) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (message: FromSessionWorker) => {
    const id = message.type === 'opened' ? null : message.id;
    const one = waiting.get(id);
    waiting.delete(id);
    if (message.type === 'failed') one?.reject(ForesightError.fromShape(message.error));
    else one?.resolve(message);
  });
  worker.on('error', (cause) => end(crashed(options.name, cause)));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      end(disposedError(options.name));
      resolve();
    });
  });
  const ask = <Answer extends FromSessionWorker>(id: number | null, message: ToSessionWorker) =>
    new Promise<Answer>((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      worker.postMessage(message);
    });

  const close = async () => {
    if (!ended) worker.postMessage({ type: 'close' } satisfies ToSessionWorker);
    await exited;
  };
  type Opened = Extract<FromSessionWorker, { type: 'opened' }>;
  const opened = await ask<Opened>(null, { type: 'open', program, options }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const compileMs = performance.now() - began;
  let calls = 0;
  return {
    inputs: opened.inputs,
    outputs: opened.outputs,
    compileMs,
    cached: false,
    async run(feeds) {
      const id = calls++;
      type Result = Extract<FromSessionWorker, { type: 'result' }>;
      return (await ask<Result>(id, { type: 'run', id, feeds })).result;
    },
    dispose: close,
  };
}

function crashed(name: string, cause: Error): ForesightError {
  return new ForesightError(
    'internal',
    `A thread that computes "${name}" ended unexpectedly: ${cause.message}`,
    'Start it again, and send the message to the developers.',
    { cause },
  );
}
