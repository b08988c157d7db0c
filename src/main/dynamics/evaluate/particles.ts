import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../../shared/random';
import { mean, variance } from '../../../shared/statistics';
import type { CompiledProgram, Engine, TensorProgram } from '../../tensor';
import { arrayConstants, modelClass, predictedMembers, predictorOf } from '../classes';
import { modelLayout, nextState, stateWidth, targetCount } from '../layout';
import { named } from '../mlp';
import { drawnTargets } from '../predictor';
import { trainThreads } from '../threads';
import type { DynamicsModel, NamedArray } from '../types';
import { actionsFrom, isSeen, type Start, stepsAfter } from './judged';
import type { Mixture } from './mixture';
import type { Heed } from './progress';
import { judgedOf, startStates } from './rollout';

/** Particles a start at least, over all members. */
const PARTICLES = 32;

/**
 * How many rollouts a start gets of every member: `functions` × `noises`. A member that says how uncertain its mean is
 * stands for many functions; each of them is one draw of that error, kept over the whole rollout, because what a model
 * gets wrong it gets wrong again in the next step. Each function is rolled out with `noises` draws of the noise.
 */
export interface ParticleCounts {
  members: number;
  functions: number;
  noises: number;
}

export function particleCounts(members: number, hasIgnorance: boolean): ParticleCounts {
  const each = Math.ceil(PARTICLES / members);
  if (hasIgnorance) return { members, functions: Math.max(4, Math.ceil(each / 2)), noises: 2 };
  return { members, functions: 1, noises: Math.max(4, each) };
}

/**
 * Predictive distribution of one start at one step ahead: for every channel the Gaussians of all particles, given where
 * each of them was a step before. Particle (member, function, noise) lies at (member × functions + function) × noises +
 * noise.
 */
type EachParticles = (start: Start, step: number, channels: Mixture[]) => void;

/**
 * Open-loop rollouts that propagate by sampling (PETS' TS∞, Chua et al. 2018, section 5.2: a particle stays with its
 * member), for what is not known and what is noise at every step ahead. A model that has no density gives the sampled
 * values, with variance 0.
 */
export class ParticleRollouts {
  private constructor(
    private readonly model: DynamicsModel,
    private readonly compiled: CompiledProgram,
    private readonly shape: { steps: number; batch: number; lanes: number },
    private readonly counts: ParticleCounts,
    private readonly noiseWidth: number,
    private readonly hasIgnorance: boolean,
  ) {}

  static async compile(
    engine: Engine,
    model: DynamicsModel,
    arrays: Record<string, NamedArray>,
    setup: { counts: ParticleCounts; steps: number; batch: number; hasIgnorance: boolean; sampled: boolean },
  ): Promise<ParticleRollouts> {
    const { counts, hasIgnorance, sampled } = setup;
    const layout = modelLayout(model.summary);
    const { options } = model.summary;
    const noiseWidth = modelClass(options.class.name).noiseWidth(layout, options.class);
    const members = predictedMembers(arrays);
    const lanes = counts.functions * counts.noises;
    const shape = { steps: setup.steps, batch: setup.batch, lanes };
    const rows = shape.batch * lanes;
    const specs = [
      { name: 'state', shape: [members, rows, stateWidth(layout)] },
      { name: 'actions', shape: [shape.steps, rows, layout.actions] },
      { name: 'noise', shape: [shape.steps * members, rows, noiseWidth] },
      ...(hasIgnorance ? [{ name: 'function', shape: [members, rows, targetCount(layout)] }] : []),
    ];
    const program: TensorProgram = (feeds) => {
      const predict = predictorOf(model, arrayConstants(arrays));
      let state = named(feeds, 'state');
      const means: tf.Tensor3D[] = [];
      const variances: tf.Tensor3D[] = [];
      for (let step = 0; step < shape.steps; step++) {
        const action = tf.tile(tf.slice3d(named(feeds, 'actions'), [step, 0, 0], [1, -1, -1]), [
          members,
          1,
          1,
        ]);
        const noise = tf.slice3d(named(feeds, 'noise'), [step * members, 0, 0], [members, -1, -1]);
        let target = predict.sample(state, action, noise);
        if (!sampled) {
          const predicted = predict.predict(state, action);
          const own = hasIgnorance ? { function: named(feeds, 'function') } : {};
          const centre = drawnTargets(predicted, own);
          // What a class with ignorance samples may contain it; here the function's part comes from its own draw.
          if (hasIgnorance) {
            const fresh = tf.slice3d(noise, [0, 0, 0], [-1, -1, targetCount(layout)]);
            target = drawnTargets(predicted, { ...own, noise: fresh });
          }
          means.push(judgedOf(layout, nextState(layout, state, action, centre), centre));
          variances.push(tf.exp(predicted.logVariance));
        }
        state = nextState(layout, state, action, target);
        if (sampled) means.push(judgedOf(layout, state, target));
      }
      const mean = tf.concat(means, 0);
      const outputs: Record<string, tf.Tensor> = { state, mean };
      if (!sampled) outputs.variance = tf.concat(variances, 0);
      return outputs;
    };
    const compiled = await engine.compile(program, specs, {
      name: 'particle rollouts',
      threads: trainThreads(),
    });
    return new ParticleRollouts(model, compiled, shape, counts, noiseWidth, hasIgnorance);
  }

  /** Calls `each` at the steps in `wanted` that were recorded. */
  async run(
    starts: readonly Start[],
    wanted: ReadonlySet<number>,
    random: Random,
    each: EachParticles,
    heed: Heed,
  ): Promise<void> {
    const layout = modelLayout(this.model.summary);
    const { steps, batch, lanes } = this.shape;
    const { members } = this.counts;
    const longest = Math.max(0, ...wanted);
    const rows = batch * lanes;
    const sorted = [...starts].sort((a, b) => stepsAfter(b) - stepsAfter(a));
    for (let first = 0; first < sorted.length; first += batch) {
      const part = sorted.slice(first, first + batch);
      const end = Math.min(longest, stepsAfter(part[0] as Start));
      let state = startStates(layout, part, batch, members, lanes);
      const own: Record<string, Float32Array> = this.hasIgnorance
        ? { function: this.functionDraws(random) }
        : {};
      for (let done = 0; done < end; done += steps) {
        heed(first + (part.length * done) / end, sorted.length);
        const outputs = (await this.compiled.run({
          ...{ state, ...own },
          actions: actionsFrom(part, done, this.shape, layout.actions),
          noise: random.fillNormal(new Float32Array(steps * members * rows * this.noiseWidth)),
        })) as Record<string, Float32Array>;
        state = outputs.state as Float32Array;
        for (let step = done + 1; step <= Math.min(end, done + steps); step++) {
          if (!wanted.has(step)) continue;
          part.forEach((start, i) => {
            if (isSeen(start, step)) each(start, step, this.particlesOf(outputs, step - done - 1, i));
          });
        }
      }
    }
    heed(1, 1);
  }

  /** [members, rows, targets] one draw a function, the same for all of its noises. */
  private functionDraws(random: Random): Float32Array {
    const width = targetCount(modelLayout(this.model.summary));
    const { members, noises } = this.counts;
    const rows = this.shape.batch * this.shape.lanes;
    const draws = new Float32Array(members * rows * width);
    const one = new Float32Array(width);
    for (let row = 0; row < members * rows; row++) {
      if (row % noises === 0) random.fillNormal(one);
      draws.set(one, row * width);
    }
    return draws;
  }

  private particlesOf(outputs: Record<string, Float32Array>, step: number, start: number): Mixture[] {
    const { batch, lanes } = this.shape;
    const { members } = this.counts;
    const width = targetCount(modelLayout(this.model.summary));
    const at = (particle: number, channel: number) => {
      const [member, lane] = [Math.floor(particle / lanes), particle % lanes];
      return (((step * members + member) * batch + start) * lanes + lane) * width + channel;
    };
    const { mean, variance } = outputs;
    const count = members * lanes;
    return Array.from({ length: width }, (_, c) => ({
      means: Float64Array.from({ length: count }, (_unused, p) => mean?.[at(p, c)] ?? Number.NaN),
      variances: Float64Array.from({ length: count }, (_unused, p) => variance?.[at(p, c)] ?? 0),
    }));
  }

  dispose(): Promise<void> {
    return this.compiled.dispose();
  }
}

/**
 * The variance of one channel's particles in its two parts, by the law of total variance:
 *   epistemic  Var_f E[s | f]: between the members, and between the functions of a member
 *   aleatoric  E_f Var[s | f]: between the noises of a function, and the Gaussians' own
 * Means over a few draws are themselves noisy; what that adds on average to the first is taken off again, so a single
 * result may be below zero and only the mean over many starts means something.
 */
export function varianceParts(
  { means, variances }: Mixture,
  { members, functions, noises }: ParticleCounts,
): { epistemic: number; aleatoric: number } {
  const groups = Array.from({ length: members * functions }, (_, g) => {
    const own = means.subarray(g * noises, (g + 1) * noises);
    const centre = mean(own);
    const between = noises > 1 ? own.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (noises - 1) : 0;
    const inside = mean(variances.subarray(g * noises, (g + 1) * noises));
    return { mean: centre, between, aleatoric: between + inside };
  });
  const aleatoric = mean(groups.map((group) => group.aleatoric));
  const noiseOfMean = mean(groups.map((group) => group.between)) / noises;
  const memberMeans: number[] = [];
  let ofFunctions = 0;
  for (let m = 0; m < members; m++) {
    const own = groups.slice(m * functions, (m + 1) * functions).map((group) => group.mean);
    const centre = mean(own);
    memberMeans.push(centre);
    if (functions < 2) continue;
    const between = own.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (functions - 1);
    ofFunctions += (between - noiseOfMean) / members;
  }
  // The members are all there are, so theirs is a variance of the whole, not an estimate from a sample.
  const ofMembers = variance(memberMeans);
  const chance = ((members - 1) / members) * ((Math.max(0, ofFunctions) + noiseOfMean) / functions);
  return { epistemic: ofMembers - chance + ofFunctions, aleatoric };
}
