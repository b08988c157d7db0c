import type { EndedMessage } from '../../control/messages';
import type { EndedBy, Finding } from './types';

type Mode = 'realtime' | 'lockstep';

export type EpisodeState =
  /** The rig was asked to go to its start. */
  | { name: 'beginning' }
  /** Steps come. */
  | { name: 'running' }
  /**
   * No further step is wanted: the end was found (`found`), or was asked for. `complete`: the last row is there; a row that
   * comes later was on its way when the end was found, and belongs to nothing.
   */
  | { name: 'ending'; found: Finding | null; complete: boolean }
  /** Nothing more is written; whatever still comes is late. */
  | { name: 'over' };

export type Happening =
  /** Lockstep: the rig stands at a step and waits for its action. */
  | { kind: 'awaiting'; found: Finding | null }
  | { kind: 'row'; last: boolean; found: Finding | null }
  /** Somebody finishes or discards it, or the permit that it began with is void. */
  | { kind: 'asked' }
  /** The rig process ended it. */
  | { kind: 'ended'; reason: EndedMessage['reason'] }
  /** The rig process did not begin it: because it is stopped, or for another reason. */
  | { kind: 'refused'; stopped: boolean }
  /** No plan can be had. */
  | { kind: 'failed' };

/** What is to be done about a happening, in this order. */
export type Deed =
  /** Lockstep: let the rig take this step. */
  | 'step'
  /** Real time: plan for a later one. */
  | 'plan ahead'
  | 'write row'
  | 'write last row'
  /** Tell the rig process that the episode ends. */
  | 'end'
  /** The outcome is what `endedBy` says. */
  | 'close'
  /** Bring the rig to hold, keep the episode as interrupted, and fail. */
  | 'give up';

export interface Transition {
  state: EpisodeState;
  deeds: readonly Deed[];
  /** With `close`. */
  endedBy?: EndedBy;
}

export const BEGINNING: EpisodeState = { name: 'beginning' };
const RUNNING: EpisodeState = { name: 'running' };
const OVER: EpisodeState = { name: 'over' };
const LATE: Transition = { state: OVER, deeds: [] };

/** The life of an episode as this side sees it: beginning → running → ending → over. */
export function follow(state: EpisodeState, happening: Happening, mode: Mode): Transition {
  switch (state.name) {
    // The first step may be here before the answer that the episode has begun.
    case 'beginning':
    case 'running':
      return goingOn(happening, mode);
    case 'ending':
      return ending(state, happening);
    case 'over':
      return LATE;
  }
}

function goingOn(happening: Happening, mode: Mode): Transition {
  switch (happening.kind) {
    case 'awaiting':
      return happening.found ? endingBy(happening.found, 'end') : { state: RUNNING, deeds: ['step'] };
    case 'row':
      if (happening.last) return lastRow(happening.found);
      if (mode === 'lockstep') return { state: RUNNING, deeds: ['write row'] };
      return happening.found
        ? lastRow(happening.found, 'end')
        : { state: RUNNING, deeds: ['write row', 'plan ahead'] };
    case 'asked':
      return endingBy(null, 'end');
    case 'ended':
      return closed(happening.reason);
    case 'refused':
    case 'failed':
      return { state: OVER, deeds: ['give up'] };
  }
}

function ending(state: Extract<EpisodeState, { name: 'ending' }>, happening: Happening): Transition {
  const found = state.found ?? ('found' in happening ? happening.found : null);
  switch (happening.kind) {
    case 'row':
      if (state.complete) return { state, deeds: [] };
      // A row that was on its way; it may be one after which the task would have ended the episode by itself.
      return happening.last || happening.found ? lastRow(found) : { state, deeds: ['write row'] };
    case 'ended':
      return closed(state.found ?? happening.reason);
    case 'refused':
      return closed(state.found ?? (happening.stopped ? 'stopped' : 'asked'));
    // The rig process has been told; what was under way meanwhile changes nothing.
    case 'awaiting':
    case 'asked':
    case 'failed':
      return { state, deeds: [] };
  }
}

const endingBy = (found: Finding | null, deed: Deed): Transition => ({
  state: { name: 'ending', found, complete: false },
  deeds: [deed],
});

const lastRow = (found: Finding | null, ...more: Deed[]): Transition => ({
  state: { name: 'ending', found, complete: true },
  deeds: ['write last row', ...more],
});

const closed = (endedBy: EndedBy): Transition => ({ state: OVER, deeds: ['close'], endedBy });
