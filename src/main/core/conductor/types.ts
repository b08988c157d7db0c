import type { EpisodeSummary, StepRow } from '../../../shared/episode';
import type { ForesightError } from '../../../shared/errors';
import type { Rig } from '../../../shared/rig';
import type { ControllerSpec, TickMessage } from '../../control/messages';
import type { RigSession } from '../../control/rig-session';
import type { Log } from '../../log/types';
import type { CompiledTask } from '../../task';
import type { RigCameras } from '../cameras/rig-cameras';
import type { EpisodePlanner } from '../episode-planner';
import type { Telemetry } from '../telemetry';

export interface EpisodeOrder {
  session: RigSession;
  log: Log;
  telemetry: Telemetry;
  rig: Rig;
  /** The right to move the rig that the episode was begun with; when it is void, the episode ends. */
  permit: AbortSignal;
  /** Asked at every step: a run's task may be exchanged while an episode goes on. */
  task: () => CompiledTask;
  controller: ControllerSpec;
  /** Makes the plans of a `planned` controller. */
  planner: EpisodePlanner | null;
  source: EpisodeSummary['source'];
  run: number | null;
  maxSteps: number;
  useTermination: boolean;
  /** [actions] what the rig stands at: the episode begins there, without a reset. */
  stay?: number[];
  /** What looks at the rig, where something does. */
  cameras?: RigCameras | null;
  /** Decides the start state of a simulated plant, and is recorded. */
  seed: number;
  /** What is to be known about it, a sentence each; notes at step 0. */
  notes?: readonly string[];
  onStep?(step: number, returnSoFar: number): void;
  /**
   * Every row as it was written.
   * @param about.tick what the rig process said
   * @param about.last nothing is executed from it; `found` then is what this side ended it by, null where it was cut short
   */
  onRow?(
    row: StepRow,
    episode: number,
    about: { tick: TickMessage; last: boolean; found: Finding | null },
  ): void;
  /** Lockstep: what a plan waits for before it is asked for. Real time waits for nothing. */
  beforePlan?(): Promise<void>;
  /** What is to be known of it once it is over, a sentence each; notes at its last step. */
  lastNotes?(): string[];
  /** The last row was written; nothing more goes into the episode. */
  onOver?(): void;
}

export type EndedBy = 'termination' | 'step limit' | 'asked' | 'stopped' | 'held' | 'fault';
/** What this side can find to be the end of an episode; everything else the rig process says. */
export type Finding = Extract<EndedBy, 'termination' | 'step limit'>;

export interface EpisodeOutcome {
  summary: EpisodeSummary;
  return: number;
  /** Whether its task was done at the last step, and the share of its steps at which it was; null where the task does not say. */
  success: boolean | null;
  successShare: number | null;
  endedBy: EndedBy;
  /** Why it ended, as a sentence. */
  reason: string;
  error: ForesightError | null;
  planMs: number[];
  latenessMs: number[];
}

export interface RunningEpisode {
  id: number;
  done: Promise<EpisodeOutcome>;
  finish(): void;
  discard(): void;
}

/** Was it cut short from outside: by a stop, a hold, or a rig that is gone? */
export const wasCut = ({ endedBy }: Pick<EpisodeOutcome, 'endedBy'>): boolean =>
  endedBy === 'stopped' || endedBy === 'held' || endedBy === 'fault';
