import type { ChannelInfo, EpisodeColumns } from '../../shared/episode';
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
  columns: Pick<EpisodeColumns, 'rows' | 'observations' | 'actions'>;
}

/** Everything a prediction needs. Weights as tfjs lays them out, float32, all members stacked. */
export interface DynamicsModel {
  summary: ModelSummary;
  /** By name, e.g. "layer0/kernel" [members, inputs, units], "layer0/bias" [members, 1, units]. */
  weights: Map<string, { shape: number[]; values: Float32Array }>;
  /** Input normalisation [inputs] after sin/cos expansion, target normalisation [observations] of the residual. */
  normaliser: {
    inputMean: Float32Array;
    inputStd: Float32Array;
    targetMean: Float32Array;
    targetStd: Float32Array;
  };
  /** Log-variance bounds [observations] in normalised target units. */
  logVarianceBounds: { min: Float32Array; max: Float32Array };
}
