import * as tf from '@tensorflow/tfjs-core';
import type { OptionsOf } from '../../../shared/model-options';
import { Random } from '../../../shared/random';
import { named, type Tensors } from '../mlp';
import { conditionalMlp, conditionOf, initialConditionalMlp } from './conditional-mlp';
import { langevin, langevinNoise } from './langevin';
import { logProposal, proposalFrom, resampled } from './proposal';
import { type ResidualContext, residualClass } from './residual-class';

type Options = OptionsOf<'energy'>;
type Context = Omit<ResidualContext<'energy'>, 'noise'>;

/** Smallest and largest kick from a transition's z to a neighbour. */
const [NEAREST, FARTHEST] = [0.02, 1];
/** Kick beside a difference of two other transitions, so that a plant without noise does not give the same z again. */
const BESIDE = 0.1;
/** Held-out transitions that are judged at most, and far negatives of each. */
const JUDGED_ROWS = 1000;
const JUDGED_NEGATIVES = 128;

/**
 * An energy-based model of the residual z (residual-class.ts) given state and action: a network gives every z an energy, and
 *   p_φ(z | x) ∝ p̃(z | x) = exp(−½ ‖z‖² − e_φ(z, x))
 * (Hinton 2002; LeCun et al. 2006; Du & Mordatch 2019), with a trap that keeps it normalisable. Trained contrastively: z must
 * have less energy than points that did not happen, of which there are two kinds, each with the true density as the
 * optimum of its loss.
 *   far   z_1 … z_n ~ q(z) (proposal.ts), ranked against z_0 = z (Ma & Collins 2018; InfoNCE, van den Oord et al. 2018;
 *         Gustafsson et al. 2022), w(z) = p̃(z | x) / q(z):
 *         min_φ −ln w(z_0) / Σ_k w(z_k)
 *   near  z' = z + δ with a δ as likely as −δ (conditional noise contrastive estimation, Ceylan & Gutmann 2018):
 *         min_φ ln(1 + p̃(z' | x) / p̃(z | x))
 *         Half of the δ are Gaussian kicks from 0.02 to 1 standard deviations and teach how sharp a mode is; half are
 *         differences of the z of two other transitions (ter Braak 2006), which lead from one mode to another however
 *         many channels there are, where q hardly ever hits one: they teach how much each weighs.
 * No sampler runs in training, so there is nothing to differentiate through and no chain to keep.
 *
 * Sampler: `candidates` points of q, a lattice with a random shift for every row, of which one is chosen with probability
 * proportional to w (sampling-importance-resampling, Rubin 1988), then `langevinSteps` steps of Metropolis-adjusted Langevin
 * (langevin.ts), which take it into its mode. How often each mode is drawn is right as far as candidates hit the modes:
 * with two modes of a tenth of their distance 64 are enough in one channel, 256 in two.
 * One draw costs `candidates` networks and (`langevinSteps` + 1) networks with their gradients: it is the dearest class to
 * draw from, and no dearer than a Gaussian network where only means are needed (`predict`).
 *
 * Reported: the ranking loss as negative log-likelihood, nats a channel: −ln q(z) − (ln(n + 1) + ln w(z_0) / Σ w(z_k)).
 * The bracket is a lower bound of what the model gains over q, ln(n + 1) at most, so what is reported is no better than the
 * likelihood; the hold-out is judged with 128 fixed far negatives a row, and at most 1000 rows of it.
 */
export const energy = residualClass('energy', {
  initialWeights: ({ inputs, targets }, options, random) =>
    initialConditionalMlp(options, { conditions: inputs, variables: targets, outputs: 1 }, random),
  noise({ targets }, options, batch) {
    const { far, near } = negatives(options);
    return [
      { name: 'far', shape: [1, batch * far, targets], kind: 'uniform' },
      { name: 'near', shape: [1, batch * near, targets], kind: 'normal' },
    ];
  },
  loss({ noise, ...context }) {
    const [, rows, targets] = context.residuals.shape;
    const { far, near } = negatives(context.options);
    const z: tf.Tensor3D = tf.reshape(context.residuals, [rows, 1, targets]);
    const away = proposalFrom(tf.reshape(named(noise, 'far'), [rows, far, targets]));
    const beside = neighbours(z, tf.reshape(named(noise, 'near'), [rows, near, targets]));
    const density = logDensities(context, tf.concat([z, away, beside], 1));
    const [own, others, close] = tf.split(density, [1, far, near], 1) as [
      tf.Tensor3D,
      tf.Tensor3D,
      tf.Tensor3D,
    ];
    const nll = ranking(z, own, away, others);
    const pairs = tf.mean(tf.softplus(tf.sub(close, own)));
    return { objective: tf.add(tf.mul(nll, targets), pairs), nll };
  },
  judge(context) {
    const [, rows, targets] = context.residuals.shape;
    const count = Math.min(rows, JUDGED_ROWS);
    const picked = tf.tensor1d(
      Int32Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count)),
      'int32',
    );
    const [inputs, residuals] = [
      tf.gather(context.inputs, picked, 1),
      tf.gather(context.residuals, picked, 1),
    ];
    const z: tf.Tensor3D = tf.reshape(residuals, [count, 1, targets]);
    const uniform = new Random(0).fillUniform(new Float32Array(count * JUDGED_NEGATIVES * targets));
    const away = proposalFrom(tf.tensor3d(uniform, [count, JUDGED_NEGATIVES, targets]));
    const density = logDensities({ ...context, inputs, residuals }, tf.concat([z, away], 1));
    const [own, others] = tf.split(density, [1, JUDGED_NEGATIVES], 1) as [tf.Tensor3D, tf.Tensor3D];
    return ranking(z, own, away, others);
  },
  noiseWidth: (targets, { langevinSteps }) => targets + 1 + langevinNoise(targets, langevinSteps),
  draw({ options, tensors, inputs, noise, targets }) {
    const condition = conditionOf(tensors, inputs);
    const part = (begin: number, size: number) => tf.slice3d(noise, [0, 0, begin], [-1, -1, size]);
    const density = (z: tf.Tensor3D) => logDensity(options, tensors, condition, z);
    const start = resampled(density, part(0, targets), part(targets, 1), options.candidates);
    return langevin(density, start, part(targets + 1, -1), options.langevinSteps);
  },
});

/** How many negatives of each kind. */
function negatives({ negatives }: Options): { far: number; near: number } {
  const far = Math.ceil(negatives / 2);
  return { far, near: negatives - far };
}

/** Of z [rows, 1, targets] and standard normals [rows, n, targets]: n neighbours a row. */
function neighbours(z: tf.Tensor3D, noise: tf.Tensor3D): tf.Tensor3D {
  const [rows, n, targets] = noise.shape;
  const jumps = Math.floor(n / 2);
  const kicks = n - jumps;
  const widths = Array.from({ length: n }, (_, k) =>
    k < kicks ? NEAREST * (FARTHEST / NEAREST) ** ((k + 0.5) / kicks) : BESIDE,
  );
  const moved: tf.Tensor3D = tf.add(z, tf.mul(noise, tf.tensor3d(widths, [1, n, 1])));
  if (jumps === 0) return moved;
  /** Of every row the residuals of `jumps` others, by how far behind it in the batch they lie. */
  const others = (behind: (jump: number) => number) => {
    const of = (i: number) =>
      (Math.floor(i / jumps) + 1 + (behind(i % jumps) % Math.max(1, rows - 1))) % rows;
    const indices = tf.tensor1d(
      Int32Array.from({ length: rows * jumps }, (_, i) => of(i)),
      'int32',
    );
    return tf.reshape(tf.gather(tf.reshape(z, [rows, targets]), indices), [rows, jumps, targets]);
  };
  const differences = tf.sub(
    others((jump) => 2 * jump),
    others((jump) => 2 * jump + 1),
  );
  return tf.add(moved, tf.concat([tf.zeros([rows, kicks, targets]), differences], 1));
}

/** ln p̃ of z [rows, n, targets], n under each row's condition, [rows, n, 1]. */
function logDensities({ options, tensors, inputs }: Context, z: tf.Tensor3D): tf.Tensor3D {
  const [rows, n, targets] = z.shape;
  const flat = tf.reshape(z, [1, rows * n, targets]) as tf.Tensor3D;
  return tf.reshape(logDensity(options, tensors, conditionOf(tensors, inputs), flat), [rows, n, 1]);
}

/** ln p̃ of z [1, rows · n, targets], [1, rows · n, 1]. */
function logDensity(options: Options, tensors: Tensors, condition: tf.Tensor3D, z: tf.Tensor3D): tf.Tensor3D {
  const trap = tf.mul(tf.sum(tf.square(z), 2, true), -0.5);
  return tf.sub(trap, conditionalMlp(options, tensors, condition, z)) as tf.Tensor3D;
}

/**
 * [1] the ranking loss as nats a channel.
 * @param z [rows, 1, targets] what happened, `own` [rows, 1, 1] its ln p̃
 * @param away [rows, n, targets] draws of q, `others` [rows, n, 1] their ln p̃
 */
function ranking(z: tf.Tensor3D, own: tf.Tensor3D, away: tf.Tensor3D, others: tf.Tensor3D): tf.Tensor1D {
  const chance = logProposal(z);
  const score = tf.sub(own, chance);
  const all = tf.concat([score, tf.sub(others, logProposal(away))], 1);
  const gain = tf.add(tf.sub(score, tf.logSumExp(all, 1, true)), Math.log(away.shape[1] + 1));
  return tf.reshape(tf.div(tf.neg(tf.mean(tf.add(gain, chance))), z.shape[2]), [1]) as tf.Tensor1D;
}
