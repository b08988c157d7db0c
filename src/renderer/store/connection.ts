import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { api } from '../api';
import { takeStatus } from '../live/live';

/** How a rig is connected to. */
export interface ConnectionChoice {
  /** Empty: as the rig file says. */
  port: string;
  mode: 'realtime' | 'lockstep';
}

const USUAL: ConnectionChoice = { port: '', mode: 'realtime' };

/** What was chosen for each rig, kept over a reload: a rig that was lost is connected to again in the same way. */
const useChoices = create<{ of: Record<string, ConnectionChoice> }>()(
  persist((): { of: Record<string, ConnectionChoice> } => ({ of: {} }), { name: 'foresight.connection' }),
);

export function useConnectionChoice(rig: string): ConnectionChoice {
  return useChoices((s) => s.of[rig] ?? USUAL);
}

export function chooseConnection(rig: string, change: Partial<ConnectionChoice>): void {
  useChoices.setState(({ of }) => ({ of: { ...of, [rig]: { ...(of[rig] ?? USUAL), ...change } } }));
}

/** Connects with what was chosen for it. */
export async function connectRig(rig: string): Promise<void> {
  const { port, mode } = useChoices.getState().of[rig] ?? USUAL;
  takeStatus(await api().rig.connect({ rig, mode, ...(port === '' ? {} : { port }) }));
}
