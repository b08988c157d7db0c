import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { TRACE_BACKEND } from '../../src/main/tensor/trace/backend';
import { EMITTERS } from '../../src/main/tensor/trace/kernels/index';
import { convolutionCases } from './convolution-cases';
import { elementwiseCases } from './elementwise-cases';
import { imageCases } from './image-cases';
import { indexingCases } from './indexing-cases';
import { agree } from './referee';
import { structuralCases } from './structural-cases';

const cases = [...elementwiseCases, ...structuralCases, ...indexingCases, ...convolutionCases, ...imageCases];
const called = new Set<string>();

/** Notes which kernels a trace really calls, so that a case cannot claim to test one it never reaches. */
function noteCalls(kernelName: string): void {
  const kernel = getKernel(kernelName, TRACE_BACKEND);
  if (!kernel) throw new Error(`${kernelName} is not registered`);
  unregisterKernel(kernelName, TRACE_BACKEND);
  registerKernel({
    ...kernel,
    kernelFunc: (call) => {
      called.add(kernelName);
      return kernel.kernelFunc(call);
    },
  });
}

beforeAll(() => {
  for (const name of Object.keys(EMITTERS)) noteCalls(name);
});

describe('a compiled program computes what tfjs computes', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await agree(one, 12);
    for (const kernel of one.kernels) expect(called, 'kernels the case reached').toContain(kernel);
  });

  it('for every kernel that has an emitter', () => {
    expect(Object.keys(EMITTERS).filter((name) => !called.has(name))).toEqual([]);
  });
});
