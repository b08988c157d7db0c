import type { Engine, TensorProgram, TensorSpec } from '../../tensor';
import { type DynamicsJacobian, jacobianProgram, readJacobian } from './dynamics-jacobian';
import { type EndQuadratic, endProgram, endQuadratic } from './end-quadratic';
import type { Problem } from './problem';
import { type CostQuadratic, costQuadratic, rewardProgram } from './reward-quadratic';

/** Model and cost around a trajectory, every step of it. */
export interface Expansion extends CostQuadratic, Pick<DynamicsJacobian, 'dynamics' | 'noise'> {
  /** Null where the end of the horizon is worth nothing. */
  end: EndQuadratic | null;
}

export interface CompiledExpansion {
  /**
   * One call for all steps.
   * @param states [horizon, stateWidth] s_0 …
   * @param executed [horizon, actions]
   */
  at(states: Float32Array, executed: Float32Array, limitPenalty: number): Promise<Expansion>;
  dispose(): Promise<void>;
}

export async function compileExpansion(
  engine: Engine,
  problem: Problem,
  { noise, threads }: { noise: boolean; threads: number },
): Promise<CompiledExpansion> {
  const { horizon, width, actions } = problem;
  const specs: TensorSpec[] = [
    { name: 'states', shape: [horizon, width] },
    { name: 'actions', shape: [horizon, actions] },
    { name: 'limitPenalty', shape: [1] },
  ];
  const program: TensorProgram = (inputs) => {
    const { mean, outputs } = jacobianProgram(problem, inputs, noise);
    return { ...outputs, ...rewardProgram(problem, inputs, mean), ...endProgram(problem, inputs, mean) };
  };
  const compiled = await engine.compile(program, specs, { name: `derivatives of ${horizon} steps`, threads });
  return {
    async at(states, executed, limitPenalty) {
      const feeds = { states, actions: executed, limitPenalty: Float32Array.of(limitPenalty) };
      const given = await compiled.run(feeds);
      const jacobian = readJacobian(problem, given, noise);
      return {
        dynamics: jacobian.dynamics,
        noise: jacobian.noise,
        ...costQuadratic(problem, given, jacobian),
        end: endQuadratic(problem, given),
      };
    },
    dispose: () => compiled.dispose(),
  };
}
