import { registerGradient } from '@tensorflow/tfjs-core';
import { blockGradients } from './blocks';
import { convolutionGradients } from './convolution';
import { elementwiseGradients } from './elementwise';
import { indexingGradients } from './indexing';
import { normalizationGradients } from './normalization';
import { poolingGradients } from './pooling';
import { resizeGradients } from './resize';
import { scanGradients } from './scans';
import { structuralGradients } from './structural';

/**
 * Gradients of the kernels that Foresight's models use, on every engine. tfjs-core leaves registering gradients to
 * the umbrella package, and the file that does it can be loaded by bundlers only, not by Node. These also differ from
 * tfjs's where those are missing, are wrong (docs/tensor.md has the list) or do more work than needed.
 */
export const GRADIENTS = {
  ...elementwiseGradients,
  ...structuralGradients,
  ...indexingGradients,
  ...scanGradients,
  ...blockGradients,
  ...normalizationGradients,
  ...convolutionGradients,
  ...poolingGradients,
  ...resizeGradients,
};

let registered = false;

export function registerGradients(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, gradient] of Object.entries(GRADIENTS))
    registerGradient({ kernelName, ...gradient });
}
