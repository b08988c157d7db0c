import type { z } from 'zod';
import type { ChannelInfo } from '../../shared/episode';
import { TrainOptions } from '../../shared/model';
import { type PlannerOptions, PropagationOptions } from '../../shared/plan';
import type { TaskFile } from '../../shared/task';
import { modelHash, writeModel } from '../dynamics/model-file';
import type { DynamicsModel, Normaliser } from '../dynamics/types';
import { untrainedModel } from '../dynamics/untrained';
import { version } from '../installation/version';
import { rolloutsOf } from '../plan/methods';
import type { PlanSetup } from '../plan/types';

/** What plans are measured with: a model file, a task and the limits of a rig. */
export type PlanBasis = Pick<PlanSetup, 'modelFile' | 'task' | 'actionLimits' | 'holdAction'> &
  Partial<Pick<PlanSetup, 'actionValues' | 'observationLimits'>> & {
    /** Multiply-adds of one member's matrix products for one row and step; null where they are not all there is. */
    multiplyAdds: number | null;
  };

/** Its reward has slopes, which planners that differentiate need. */
const TASK: TaskFile = {
  name: 'balance',
  reward: '1 - square(angle) - 0.1 * square(x)',
  termination: 'abs(x) > 2.4 or abs(angle) > 0.2',
  maxSteps: 200,
};

/** A cart-pole that the options' network predicts, in a model file in `folder`; it has learned nothing. */
export async function cartPoleBasis(
  folder: string,
  options: z.input<typeof TrainOptions>,
): Promise<PlanBasis> {
  const model = cartPoleModel(options);
  return {
    modelFile: await writeModel(model, folder, version),
    task: TASK,
    actionLimits: [[-1, 1]],
    holdAction: [0],
    multiplyAdds: multiplyAddsOf(model),
  };
}

/** A model of the right sizes that has learned nothing; only how long it takes matters here. */
function cartPoleModel(options: z.input<typeof TrainOptions>): DynamicsModel {
  const channel = (name: string, unit: string): ChannelInfo => ({ name, unit, angle: false, limits: null });
  const model = untrainedModel(
    {
      observations: [
        channel('x', 'm'),
        channel('velocity', 'm/s'),
        channel('angle', 'rad'),
        channel('angle_velocity', 'rad/s'),
      ],
      actions: [channel('force', 'N')],
      periodSeconds: 0.02,
    },
    TrainOptions.parse(options),
  );
  model.normaliser = cartPoleNormaliser();
  model.summary.hash = modelHash(model);
  return model;
}

/**
 * Of a cart-pole that is pushed about at 50 Hz: every channel has a mean and a deviation of its own. Alike ones would become one
 * number in a graph, which no learned model's do; and with steps of this size no rollout runs away.
 */
export function cartPoleNormaliser(): Normaliser {
  return {
    inputMean: Float32Array.of(0.041, -0.027, 0.0061, 0.018, -0.033),
    inputStd: Float32Array.of(0.38, 0.51, 0.083, 0.74, 0.57),
    targetMean: Float32Array.of(-0.00054, 0.0013, 0.00036, -0.0021),
    targetStd: Float32Array.of(0.0102, 0.108, 0.0148, 0.171),
  };
}

/** Of one member: kernels are [members, inputs, outputs]. */
export function multiplyAddsOf(model: DynamicsModel): number | null {
  let multiplyAdds = 0;
  for (const [name, { shape }] of model.weights) {
    if (name.endsWith('/kernel')) multiplyAdds += (shape[1] ?? 0) * (shape[2] ?? 0);
  }
  return multiplyAdds === 0 ? null : multiplyAdds;
}

export function setupFor(
  { multiplyAdds: _, ...basis }: PlanBasis,
  planner: PlannerOptions,
  { particles = 1, threads = planner.threads }: { particles?: number; threads?: number } = {},
): PlanSetup {
  return { ...basis, planner, propagation: PropagationOptions.parse({ particles }), threads, seed: 0 };
}

/** Floating-point operations of a plan's candidate rollouts, in 10⁹; null where nobody can tell. */
export function gflopOfPlan(basis: PlanBasis, planner: PlannerOptions, particles: number): number | null {
  const { multiplyAdds } = basis;
  const rollouts = rolloutsOf(planner);
  if (multiplyAdds === null || rollouts === null) return null;
  return (2 * multiplyAdds * rollouts * particles * planner.horizon) / 1e9;
}
