/** Frames of tfjs itself, of this engine, and of operations that tfjs wraps: none of them is what the user wrote. */
const NOT_THE_CALLER =
  /@tensorflow|tfjs-core|[\\/]tensor[\\/](trace|gradients|engines|index)|__op\b|node:internal/;
const TFJS_INNARDS =
  /\b(runKernel|runKernelFunc|kernelFunc|scopedRun|tidy|gradients|backpropagateGradients|gradFunc|customGrad|makeTensor)\b/;

/**
 * `file:line` of the code that called into tfjs, from the stack of an error thrown below it; undefined when no frame
 * is left. In a bundle tfjs shares a file with its callers, so its functions are told by name as well as by path.
 */
export function callSite(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    if (!/^\s+at /.test(line) || NOT_THE_CALLER.test(line) || TFJS_INNARDS.test(line)) continue;
    const position = /\(?((?:file:\/\/)?[^\s()]+):(\d+):\d+\)?$/.exec(line);
    if (position) return `${position[1]?.replace(/^file:\/\//, '')}:${position[2]}`;
  }
  return undefined;
}
