import { create } from 'zustand';
import type { LinkState, RigStatus } from '../../shared/telemetry';
import { api, emergencyStop } from '../api';
import { takeStatus, useLive } from '../live/live';
import { attempt, notify } from './notify';

export type SafetyCommand = 'stop' | 'hold' | 'release' | 'resume';

/** The safety command on its way, until the rig's status answers it. */
export const useSafety = create<{ sent: SafetyCommand | null }>(() => ({ sent: null }));

/** Phase in which a command has arrived. Resume ends where the rig may move again. */
export function isAnswered(command: SafetyCommand, link: LinkState): boolean {
  switch (command) {
    case 'stop':
      return link.phase === 'stopped';
    case 'hold':
      return link.phase === 'held' || link.phase === 'stopped' || link.phase === 'released';
    case 'release':
      return link.phase === 'released' || link.phase === 'stopped';
    case 'resume':
      return link.phase === 'ready' || link.phase === 'running';
  }
}

/** Whether the rig can be asked for it in the phase it is in. STOP is always possible and has no such question. */
export function isPossible(
  command: Exclude<SafetyCommand, 'stop'>,
  phase: LinkState['phase'],
  connected: boolean,
): boolean {
  switch (command) {
    case 'hold':
      return connected;
    case 'release':
      return connected && phase !== 'released';
    case 'resume':
      return phase === 'held' || phase === 'released' || phase === 'stopped';
  }
}

useLive.subscribe(({ status }) => {
  const { sent } = useSafety.getState();
  if (sent && status && (isAnswered(sent, status.link) || !status.connected))
    useSafety.setState({ sent: null });
});

export function stop(by: string): void {
  const connected = useLive.getState().status?.connected ?? false;
  const { sent } = emergencyStop(by);
  if (sent) {
    if (connected) useSafety.setState({ sent: 'stop' });
    return;
  }
  notify(
    'error',
    'STOP could not be sent: the window has no connection to Foresight.',
    'The rig holds by itself when the connection breaks. Use the switch on the robot to be sure.',
  );
}

async function command(name: Exclude<SafetyCommand, 'stop'>, call: () => Promise<RigStatus>): Promise<void> {
  useSafety.setState({ sent: name });
  const status = await attempt(call);
  if (status) takeStatus(status);
  if (useSafety.getState().sent === name && (!status || isAnswered(name, status.link))) {
    useSafety.setState({ sent: null });
  }
}

export const hold = () => command('hold', () => api().rig.hold());
export const release = () => command('release', () => api().rig.release());
export const resume = () => command('resume', () => api().rig.resume());

export interface PhaseWords {
  word: string;
  colour: string;
  /** True where a person must notice at once. */
  alarming: boolean;
}

const PHASES: Record<LinkState['phase'], PhaseWords> = {
  closed: { word: 'No rig', colour: 'gray', alarming: false },
  opening: { word: 'Connecting', colour: 'gray', alarming: false },
  ready: { word: 'Ready', colour: 'teal', alarming: false },
  running: { word: 'Moving', colour: 'blue', alarming: false },
  held: { word: 'Held', colour: 'yellow', alarming: false },
  released: { word: 'Released', colour: 'orange', alarming: false },
  stopped: { word: 'STOPPED', colour: 'red', alarming: true },
  lost: { word: 'Rig lost', colour: 'red', alarming: true },
};

export function phaseWords(status: RigStatus | null): PhaseWords {
  return PHASES[
    status?.connected === false && status.link.phase !== 'lost' ? 'closed' : (status?.link.phase ?? 'closed')
  ];
}

/**
 * What the device itself last reported, in words; null while there is no device to ask. Where a hold, release or
 * stop is claimed and the device has not said so, that is a doubt to be seen; without any, there is none.
 */
export function readbackWords(
  link: LinkState,
): { text: string; confirmed: boolean; doubtful: boolean } | null {
  if (link.phase === 'closed' || link.phase === 'opening') return null;
  if (link.phase === 'lost')
    return { text: 'What the device does now is unknown', confirmed: false, doubtful: true };
  if (link.readback === null) {
    const claimed = link.phase === 'held' || link.phase === 'released' || link.phase === 'stopped';
    return claimed
      ? { text: 'Not confirmed by the device', confirmed: false, doubtful: true }
      : { text: 'The device has not reported its state yet', confirmed: false, doubtful: false };
  }
  const torque = link.readback.torque ? 'torque on' : 'torque off';
  const motion = link.readback.halted ? 'halted' : 'accepts commands';
  return { text: `Device reports: ${torque}, ${motion}`, confirmed: true, doubtful: false };
}
