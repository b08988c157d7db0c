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
    'What the rig does now is not known. Use the switch on the robot.',
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
