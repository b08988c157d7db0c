import type { ChannelInfo, EpisodeColumns } from '../../shared/episode';
import type { Eyes as EyesSummary } from '../../shared/eyes';
import type { ModelSummary } from '../../shared/model';

/** Channel layout that a model is tied to. */
export interface ModelChannels {
  observations: ChannelInfo[];
  actions: ChannelInfo[];
  periodSeconds: number;
}

/** One episode as training and evaluation see it. */
export interface TrainingEpisode {
  id: number;
  /** Row of the recorded episode that the columns begin at; 0 when left out. */
  firstRow?: number;
  /** [rows] 1 where the observation is an older one than it should be; left out where none is. */
  late?: Uint8Array;
  columns: Pick<EpisodeColumns, 'rows' | 'observations' | 'actions'> & {
    /** [rows] device time; with it, steps that did not take one control period are told from those that did. */
    deviceSeconds?: Float64Array;
    /** [rows] reward on the row it arrived at; needed where the reward is learned. */
    reward?: Float64Array;
  };
}

/** A named array as it lies in a model file and goes into a graph: float32, row-major. */
export interface NamedArray {
  shape: number[];
  values: Float32Array;
}

/**
 * Subtracted and divided by before the network, and the other way round behind it. A channel that never changed
 * in training has standard deviation 0: as an input it enters the network as 0 whatever it is later, because the
 * network never learned what it does; as a residual it is predicted to be its mean.
 */
export interface Normaliser {
  /** [inputs] after sin/cos expansion, layout.ts says in which order. */
  inputMean: Float32Array;
  inputStd: Float32Array;
  /** [targets] of the residual, then of the reward where it is learned. */
  targetMean: Float32Array;
  targetStd: Float32Array;
}

/**
 * What a model that learned from pictures sees with: an encoder of pictures, and a decoder that shows what it saw. Both are shared by
 * all members of its ensemble. Arrays by name:
 *   "pixel/mean", "pixel/scale" [1, size, size, colours]  statistics of every pixel over the pictures learned from; scale: 1 / deviation
 *   "encoder/…"  a picture to its features, "join/…"  the features of `stack` pictures to a latent state
 *   "decoder/…"  a latent state to the newest picture
 */
export interface Eyes {
  summary: EyesSummary;
  arrays: Map<string, NamedArray>;
}

/** Everything a prediction needs. Weights as tfjs lays them out, float32, all members stacked. */
export interface DynamicsModel {
  summary: ModelSummary;
  /** By the names of the class, e.g. "layer0/kernel" [members, inputs, units] (mlp.ts). */
  weights: Map<string, NamedArray>;
  normaliser: Normaliser;
  /** Of a model that learned from pictures: what its latent states are inferred with. */
  eyes?: Eyes;
}
