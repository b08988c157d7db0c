import * as tf from '@tensorflow/tfjs-core';
import type { ActorShape } from '../../../shared/policy';
import type { Random } from '../../../shared/random';
import { stateWidth } from '../../dynamics/layout';
import { mlp, type Tensors } from '../../dynamics/mlp';
import type { CompiledProgram, Engine } from '../../tensor';
import { actorOutputs, gaussianActor, greedyAction, policyInputs } from './actor';
import { jointActions, type PolicySpace } from './space';
import type { Actor, OwnBehaviour } from './types';

/** Actions in numbers, one state at a time, in units of the ranges. Weights may change from call to call. */
export interface Acting {
  /**
   * @param state [stateWidth] SI units
   * @param noise [noiseWidth] for exploring: standard normal, and of a categorical actor Gumbel; left out where it does not explore
   * @returns [actions] in units of the ranges
   */
  act(
    actor: Actor,
    state: Float32Array,
    noise?: Float32Array,
  ): Promise<{ greedy: Float32Array; drawn: Float32Array }>;
  readonly noiseWidth: number;
  dispose(): Promise<void>;
}

/** Numbers of noise an action needs. */
export const noiseWidthOf = (space: PolicySpace, shape: ActorShape): number =>
  shape.kind === 'categorical' ? actorOutputs(space, shape) : space.actions.length;

/** Draws the noise that an actor of this kind explores by, in place: standard normal, and of a categorical one Gumbel. */
export function fillActionNoise({ kind }: ActorShape, noise: Float32Array, random: Random): Float32Array {
  if (kind !== 'categorical') return random.fillNormal(noise);
  for (let i = 0; i < noise.length; i++) noise[i] = -Math.log(-Math.log(1 - random.uniform()));
  return noise;
}

/** Can the same program act for both? Random motion has none. */
export function sameShapes(one: OwnBehaviour, other: OwnBehaviour): boolean {
  return JSON.stringify(shapesOf(one)) === JSON.stringify(shapesOf(other));
}

const shapesOf = (behaviour: OwnBehaviour) =>
  behaviour.kind === 'actor'
    ? [behaviour.actor.shape, [...behaviour.actor.arrays].map(([name, { shape }]) => [name, shape])]
    : null;

export async function compileActing(
  engine: Engine,
  space: PolicySpace,
  { shape, arrays }: Actor,
): Promise<Acting> {
  const noiseWidth = noiseWidthOf(space, shape);
  const specs = [
    ...[...arrays].map(([name, array]) => ({ name, shape: array.shape })),
    { name: 'state', shape: [1, 1, stateWidth(space.layout)] },
    { name: 'noise', shape: [1, 1, noiseWidth] },
  ];
  const program: CompiledProgram = await engine.compile(
    (feeds) => {
      const inputs = policyInputs(space, feeds, feeds.state as tf.Tensor3D);
      return {
        greedy: greedyAction(space, shape, feeds, inputs),
        drawn: drawnAction(space, shape, feeds, inputs, feeds.noise as tf.Tensor3D),
      };
    },
    specs,
    { name: 'acting', threads: 1 },
  );
  const still = new Float32Array(noiseWidth);
  return {
    noiseWidth,
    async act(actor, state, noise = still) {
      const feeds: Record<string, Float32Array> = { state, noise };
      for (const [name, { values }] of actor.arrays) feeds[name] = values;
      const { greedy, drawn } = await program.run(feeds);
      return { greedy: greedy as Float32Array, drawn: drawn as Float32Array };
    },
    dispose: () => program.dispose(),
  };
}

/**
 * What the policy does when it explores, [1, batch, actions] in units of the ranges. Traceable.
 * @param noise [1, batch, noiseWidthOf] as `Acting.act` takes it
 */
export function drawnAction(
  space: PolicySpace,
  shape: ActorShape,
  tensors: Tensors,
  inputs: tf.Tensor3D,
  noise: tf.Tensor3D,
): tf.Tensor3D {
  if (shape.kind === 'gaussian') {
    const { mean, logStd } = gaussianActor(space, shape, tensors, inputs);
    return tf.tanh(tf.add(mean, tf.mul(tf.exp(logStd), noise)));
  }
  const outputs = mlp(shape, tensors, inputs, 'actor/');
  if (shape.kind === 'deterministic') return tf.tanh(outputs);
  // The largest of logits with Gumbel noise is a draw from the distribution (Maddison et al. 2014).
  const joint = tf.tensor2d((jointActions(space) ?? []).map((action) => [...action]));
  return tf.gather(joint as tf.Tensor, tf.argMax(tf.add(outputs, noise), 2)) as tf.Tensor3D;
}
