import type { LinkState } from '../../shared/telemetry';

/** The state before anything was opened. */
export function closedState(): LinkState {
  return {
    phase: 'closed',
    reason: 'No rig is open.',
    readback: null,
    info: null,
    counters: {},
    error: null,
    jitter: null,
  };
}
