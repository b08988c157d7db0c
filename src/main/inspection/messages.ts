import type { Scene } from '../../shared/drawing';
import type { Rig } from '../../shared/rig';
import type { Inspection } from './inspect';

/** What the process that reads rigs is asked; `rig` is a name or a path. */
export type RigQuestion = {
  rig: string;
  userFolder: string;
} /** Its files, what they name, and its formulas. */ & (
  | { kind: 'read' }
  /** All of that, and how it is driven. */
  | { kind: 'inspect' }
  | { kind: 'scene' }
);

export type RigAnswer =
  | { kind: 'rig'; rig: Rig }
  | ({ kind: 'inspection' } & Inspection)
  | { kind: 'scene'; scene: Scene };
