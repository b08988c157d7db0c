import type { RigStatus } from '../../shared/telemetry';

/**
 * A simulated robot that nothing has been asked of yet but to hold: in every step so far it stood at its start. Null for all
 * others, and where nobody can tell, as behind a serial port.
 */
export function parkedWords(status: RigStatus | null): string | null {
  const { steps = 0, atStart = 0 } = status?.link.counters ?? {};
  if (!status?.connected || atStart === 0 || atStart < steps) return null;
  return 'Simulated: it stands still at its start until it is moved for the first time.';
}
