import type { ControlStudyFile } from '../../../shared/control-study';

/** One variant of a study with one seed; without a variant the recording that fixed models learn from. */
export interface ControlOrder {
  study: ControlStudyFile;
  /** null: record, and learn the models. */
  variant: string | null;
  seed: number;
  /** Of the study's file, which a rig's path is relative to. */
  folder: string;
  /** Workspace of its own; it need not exist. */
  workspace: string;
  /** Workspace with a recording and its models; of a variant of fixed models. */
  prepared?: string;
  /** Candidates or iterations that fill the wanted time, found with another seed; found anew when left out. */
  size?: number;
}

/** What a recording leaves in its workspace, `models.json`. */
export interface PreparedModels {
  models: { at: number; transitions: number; hash: string }[];
  /** Some recorded observations, that plans are timed from. */
  states: number[][];
}
