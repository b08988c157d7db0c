import { describe, expect, it } from 'vitest';
import { callSite } from '../../src/main/tensor/trace/call-site';

function errorWith(frames: string[]): Error {
  const error = new Error('sample');
  error.stack = ['Error: sample', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

describe('the place of a call into tfjs', () => {
  it('is told by files when running from source', () => {
    const error = errorWith([
      'Engine.runKernel (/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js:4634:19)',
      'cumprod__op (/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js:5612:29)',
      'spread (/app/src/main/tensor/gradients/structural.ts:50:3)',
      'reward (file:///app/src/main/task/formula.ts:12:7)',
    ]);
    expect(callSite(error)).toBe('/app/src/main/task/formula.ts:12');
  });

  it('is told by function names in a bundle, where tfjs is in the same file', () => {
    const error = errorWith([
      'Engine.runKernel (file:///app/out/main/core.js:300:9)',
      'softmaxLoss_ (file:///app/out/main/core.js:410:9)',
      'softmaxLoss__op (file:///app/out/main/core.js:80:9)',
      'Engine.tidy (file:///app/out/main/core.js:200:9)',
      'reward (file:///app/out/main/core.js:9000:12)',
    ]);
    expect(callSite(error)).toBe('/app/out/main/core.js:9000');
  });

  it('is left out when nothing of the caller is in the stack', () => {
    expect(callSite(errorWith(['node:internal/process/task_queues:95:5']))).toBeUndefined();
    expect(callSite('not an error')).toBeUndefined();
  });
});
