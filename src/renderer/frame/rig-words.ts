import type { LinkState, RigStatus } from '../../shared/telemetry';
import type { SafetyCommand } from '../store/safety';
import { formatWhen } from '../ui/format';

/** What the safety bar knows: the connection, what came over it last and when (ms since 1970), and what was asked for. */
export interface Known {
  link: 'connecting' | 'open' | 'lost';
  status: RigStatus | null;
  heardAt: number | null;
  now: number;
  sent: SafetyCommand | null;
}

/** What it says, every word of it from the device or the core, or "not known". */
export interface BarWords {
  badge: string;
  colour: string;
  /** True where a person must notice at once. */
  alarming: boolean;
  reason: string;
  readback: string;
  /** The device itself said what is claimed. */
  confirmed: boolean;
  /** It did not, or said the contrary. */
  doubtful: boolean;
}

const PHASES: Record<LinkState['phase'], Pick<BarWords, 'badge' | 'colour' | 'alarming'>> = {
  closed: { badge: 'No rig', colour: 'gray', alarming: false },
  opening: { badge: 'Connecting', colour: 'gray', alarming: false },
  ready: { badge: 'Ready', colour: 'teal', alarming: false },
  running: { badge: 'Moving', colour: 'blue', alarming: false },
  held: { badge: 'Held', colour: 'yellow', alarming: false },
  released: { badge: 'Released', colour: 'orange', alarming: false },
  stopped: { badge: 'STOPPED', colour: 'red.9', alarming: true },
  lost: { badge: 'Rig lost', colour: 'red.9', alarming: true },
};

const SENT: Record<SafetyCommand, string> = {
  stop: 'STOP sent, waiting for the device …',
  hold: 'Hold sent, waiting for the device …',
  release: 'Release sent, waiting for the device …',
  resume: 'Resume sent, waiting for the device …',
};

/** A connected rig sends thirty times a second; of one that was not heard for this long, ms, nothing is known. */
export const SILENT_MS = 2000;

/** Whether a rig that sends all the time was not heard for too long. In lockstep it sends only when it is asked. */
export function isSilent({ status, heardAt, now }: Pick<Known, 'status' | 'heardAt' | 'now'>): boolean {
  if (!status?.connected || status.mode !== 'realtime' || heardAt === null) return false;
  return phaseOf(status) !== 'opening' && now - heardAt > SILENT_MS;
}

export function barWords(known: Known): BarWords {
  const { link, status, heardAt, now, sent } = known;
  const unknown = {
    ...{ colour: 'red.9', alarming: true, confirmed: false, doubtful: true },
    readback: sent ? SENT[sent] : lastHeard(known),
  };
  if (link === 'lost') {
    return {
      ...unknown,
      badge: 'No connection',
      reason: 'No connection to Foresight: what the rig does now is not known.',
    };
  }
  if (isSilent(known)) {
    return {
      ...unknown,
      badge: 'Not known',
      reason: `Nothing heard from the rig since ${formatWhen(heardAt ?? now, now)}: what it does now is not known.`,
    };
  }
  // Told once a second, so it was just heard; the phase that comes with it is as old as the silence.
  if (status?.link.error?.code === 'rig-process-silent') {
    return {
      ...unknown,
      badge: 'Not known',
      reason: status.link.reason,
      readback: sent ? SENT[sent] : 'What the device does now is not known',
    };
  }
  if (status === null) {
    const word = { badge: 'Connecting', colour: 'gray', alarming: false };
    return {
      ...word,
      ...{ reason: 'Asking the core for the rig …', readback: '', confirmed: false, doubtful: false },
    };
  }
  const told = readbackWords(status.link);
  // Asked for, and the device has had its time to say that it is so.
  const failed = told?.doubtful === true && status.link.error !== null && status.link.phase !== 'lost';
  const loud = { badge: 'NOT confirmed', colour: 'red.9', alarming: true };
  return {
    ...(failed ? loud : PHASES[phaseOf(status)]),
    reason: status.link.reason || connectedWords(status.connected),
    ...(told ?? { readback: '', confirmed: false, doubtful: false }),
    ...(sent ? { readback: SENT[sent] } : {}),
  };
}

/** The phase that is claimed: a rig that is not connected has none, unless it was lost. */
function phaseOf({ connected, link }: RigStatus): LinkState['phase'] {
  return connected || link.phase === 'lost' ? link.phase : 'closed';
}

const connectedWords = (connected: boolean): string =>
  connected ? 'The rig is connected.' : 'Connect a rig in the Rig room to begin.';

/** What was heard last, and when; of the present it says nothing. */
function lastHeard({ status, heardAt, now }: Known): string {
  if (status === null || heardAt === null) return 'Nothing was heard from a rig before.';
  const told = readbackWords(status.link)?.readback;
  const what = [PHASES[phaseOf(status)].badge, ...(told ? [told] : [])].join('. ');
  return `Last heard at ${formatWhen(heardAt, now)}: ${what}.`;
}

/**
 * What the device itself last reported, in words; null while there is no device to ask. Where a hold, release or stop is
 * claimed and the device has not said so, or has said the contrary, that is a doubt to be seen.
 */
export function readbackWords(
  link: Pick<LinkState, 'phase' | 'readback'>,
): Pick<BarWords, 'readback' | 'confirmed' | 'doubtful'> | null {
  const { phase, readback } = link;
  if (phase === 'closed' || phase === 'opening') return null;
  if (phase === 'lost')
    return { readback: 'What the device does now is not known', confirmed: false, doubtful: true };
  const claimed = phase === 'held' || phase === 'released' || phase === 'stopped';
  if (readback === null) {
    return claimed
      ? { readback: 'Not confirmed by the device', confirmed: false, doubtful: true }
      : { readback: 'The device has not reported its state yet', confirmed: false, doubtful: false };
  }
  const torque = readback.torque ? 'torque on' : 'torque off';
  const motion = readback.halted ? 'halted' : claimed ? 'NOT halted' : 'accepts commands';
  const contradicted = claimed && (!readback.halted || (phase === 'released' && readback.torque));
  return {
    readback: `Device last reported: ${torque}, ${motion}`,
    confirmed: !contradicted,
    doubtful: contradicted,
  };
}
