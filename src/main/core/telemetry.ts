import type { CalibrationProgress } from '../../shared/calibration';
import type { EpisodeEvent } from '../../shared/episode';
import type {
  ActionView,
  ActivityState,
  LearningState,
  PlanView,
  RigStatus,
  TelemetryBatch,
  TelemetrySample,
} from '../../shared/telemetry';
import { Broadcast, batches } from './stream';

/** Batches to one listener are at least this far apart: 30 a second is what an eye follows. */
const BATCH_INTERVAL_MS = 33;
/** Samples that a newly opened window is given, so that its plots do not start empty. */
const HISTORY = 600;

export const IDLE_ACTIVITY: ActivityState = {
  kind: 'idle',
  episode: null,
  step: 0,
  maxSteps: 0,
  return: 0,
  done: 0,
  wanted: 0,
  unattended: false,
  model: null,
  ...{ planner: null, policy: null, driver: null, beside: false },
  propagation: null,
  adapting: null,
};

type Counts = NonNullable<TelemetryBatch['counts']>;
export type TelemetryUpdate =
  | { kind: 'status'; status: RigStatus }
  | { kind: 'activity'; activity: ActivityState }
  | { kind: 'sample'; sample: TelemetrySample }
  | { kind: 'plan' | 'beside'; plan: PlanView }
  | { kind: 'acting'; acting: ActionView }
  | { kind: 'learning'; learning: LearningState | null }
  | { kind: 'calibrating'; calibrating: CalibrationProgress | null }
  | { kind: 'events'; events: EpisodeEvent[] }
  | { kind: 'counts'; counts: Counts };

const emptyBatch = (): TelemetryBatch => ({ samples: [], events: [] });

function merge(batch: TelemetryBatch, update: TelemetryUpdate): void {
  switch (update.kind) {
    case 'status':
      batch.status = update.status;
      break;
    case 'activity':
      batch.activity = update.activity;
      break;
    case 'sample':
      batch.samples.push(update.sample);
      if (batch.samples.length > HISTORY) batch.samples.shift();
      break;
    case 'plan':
      batch.plan = update.plan;
      break;
    case 'beside':
      batch.beside = update.plan;
      break;
    case 'acting':
      batch.acting = update.acting;
      break;
    case 'learning':
      batch.learning = update.learning;
      break;
    case 'calibrating':
      batch.calibrating = update.calibrating;
      break;
    case 'events':
      batch.events.push(...update.events);
      // A window that stands still for long is told the newest; all of them are in the log.
      batch.events.splice(0, batch.events.length - HISTORY);
      break;
    case 'counts':
      batch.counts = update.counts;
      break;
  }
}

/** What the newest plan in latent states foresees. */
export interface Foreseen {
  /** Of the model whose latent states they are. */
  modelFile: string;
  episode: number;
  /** At which the plan takes effect. */
  step: number;
  /** [horizon + 1, numbers of a state], the first at that step. */
  states: Float32Array;
  horizon: number;
}

/** The live view: whatever happens is published here, and every window reads it at its own pace. */
export class Telemetry {
  readonly #broadcast = new Broadcast<TelemetryUpdate>();
  /** What a window that opens now must be told. */
  #current: TelemetryBatch = emptyBatch();
  /** No window is told of it: what it looks like is drawn for whoever asks (sights.ts). */
  foreseen: Foreseen | null = null;

  get watched(): boolean {
    return this.#broadcast.listening > 0;
  }

  get activity(): ActivityState {
    return this.#current.activity ?? IDLE_ACTIVITY;
  }

  publish(update: TelemetryUpdate): void {
    if (update.kind !== 'events') merge(this.#current, update);
    this.#broadcast.publish(update);
  }

  /** A new episode: its curves start empty. */
  clearSamples(): void {
    this.#current.samples = [];
    this.foreseen = null;
    for (const shown of ['plan', 'beside', 'acting'] as const) delete this.#current[shown];
  }

  stream(signal?: AbortSignal): AsyncGenerator<TelemetryBatch, void, void> {
    return batches(this.#broadcast, {
      first: { activity: IDLE_ACTIVITY, ...this.#current, samples: [...this.#current.samples], events: [] },
      empty: emptyBatch,
      merge,
      intervalMs: BATCH_INTERVAL_MS,
      signal,
    });
  }
}
