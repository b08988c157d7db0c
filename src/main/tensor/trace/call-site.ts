/** Frames of tfjs itself and of this engine by their files, where files tell them apart: run from source. */
const NOT_THE_CALLERS_FILE =
  /@tensorflow|tfjs-core|[\\/]tensor[\\/](trace|gradients|engines|index)|node:internal/;
/** Frames of tfjs by function name, for bundles: operations are called `name_` inside `name__op`. */
const TFJS_FUNCTION =
  /\w_ \(|__op\b|\b(runKernel|runKernelFunc|kernelFunc|scopedRun|tidy|gradients|backpropagateGradients|gradFunc|customGrad|makeTensor)\b/;

/**
 * `file:line` of the code that called into tfjs, from the stack of an error thrown below it; undefined when no frame
 * is left. The frames above the innermost operation are tfjs's own whatever they are called.
 */
export function callSite(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const operation = frames.findIndex((frame) => /__op\b/.test(frame));
  for (const frame of frames.slice(operation + 1)) {
    if (NOT_THE_CALLERS_FILE.test(frame) || TFJS_FUNCTION.test(frame)) continue;
    const position = /\(?((?:file:\/\/)?[^\s()]+):(\d+):\d+\)?$/.exec(frame);
    if (position) return `${position[1]?.replace(/^file:\/\//, '')}:${position[2]}`;
  }
  return undefined;
}
