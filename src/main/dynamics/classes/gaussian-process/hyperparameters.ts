/**
 * Hyper-parameters of one Gaussian process as a vector that a gradient step can move anywhere:
 *   θ = [ln ℓ_1 … ln ℓ_d, ln σ_f², ln ρ],   covariance σ_f² (c(x, x') + ρ δ),   ρ = σ_n² / σ_f².
 */
export interface Hyperparameters {
  /** [inputs], normalised units. */
  lengthScales: Float64Array;
  /** σ_f², normalised units. */
  signalVariance: number;
  /** σ_n², normalised units. */
  noiseVariance: number;
}

/**
 * Bounds, as PILCO's penalties (Deisenroth 2010) keep length scales and the ratio of signal to noise where numbers are
 * sound: inputs and targets have a spread of 1, and what is predicted is predicted in float32. There the standard
 * deviation near data is right within 1 % for a noise ratio of 1e-4 or more and within some percent at 1e-5.
 */
const BOUNDS = {
  lengthScale: [0.02, 100],
  signalVariance: [1e-2, 25],
  noiseRatio: [1e-5, 100],
} as const;

/** Where a search begins: a length scale for all inputs, and the noise ratio. */
interface Start {
  lengthScale: number;
  noiseRatio: number;
}

/** Smooth, middling and rough functions; more inputs are further apart. */
export function starts(inputs: number): Start[] {
  const distance = Math.sqrt(inputs);
  return [
    { lengthScale: distance, noiseRatio: 1e-2 },
    { lengthScale: 3 * distance, noiseRatio: 1e-3 },
    { lengthScale: 0.4 * distance, noiseRatio: 0.1 },
  ];
}

export function startVector(inputs: number, { lengthScale, noiseRatio }: Start): Float64Array {
  const theta = new Float64Array(inputs + 2).fill(Math.log(lengthScale));
  theta[inputs] = 0;
  theta[inputs + 1] = Math.log(noiseRatio);
  return theta;
}

export function fromVector(theta: Float64Array): Hyperparameters {
  const inputs = theta.length - 2;
  const signalVariance = Math.exp(theta[inputs]);
  return {
    lengthScales: theta.slice(0, inputs).map(Math.exp),
    signalVariance,
    noiseVariance: signalVariance * Math.exp(theta[inputs + 1]),
  };
}

/** Lower and upper bounds of every component of θ. */
export function bounds(inputs: number): { low: Float64Array; high: Float64Array } {
  const ends = ([low, high]: readonly [number, number]) => [Math.log(low), Math.log(high)] as const;
  const [l, s, r] = [ends(BOUNDS.lengthScale), ends(BOUNDS.signalVariance), ends(BOUNDS.noiseRatio)];
  const vector = (end: 0 | 1) => Float64Array.of(...new Array<number>(inputs).fill(l[end]), s[end], r[end]);
  return { low: vector(0), high: vector(1) };
}
