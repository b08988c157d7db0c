import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { api } from '../api';
import { useLive } from '../live/live';
import { restored } from '../store/kept-form';
import { attempt, notify } from '../store/notify';
import { firstProblem } from '../ui/number-problem';

export interface ExcitationForm {
  episodes: number;
  /** Null: as many as the rig's task has. */
  maxSteps: number | null;
  useTermination: boolean;
  holdSteps: number;
  amplitude: number;
  seed: number;
  /** A new seed for every recording, so that two of them differ. */
  countSeed: boolean;
  /** Goes on without this window. Asked for anew at every start, so it is neither kept nor left on. */
  unattended: boolean;
}

/** The Record room's form; the R key starts with it from any room. */
export const useExcitation = create<ExcitationForm>()(
  persist(
    (): ExcitationForm => ({
      episodes: 1,
      maxSteps: null,
      useTermination: true,
      holdSteps: 1,
      amplitude: 1,
      seed: 0,
      countSeed: true,
      unattended: false,
    }),
    {
      name: 'foresight.excitation',
      partialize: ({ unattended: _, ...kept }) => kept,
      merge: (kept, today) => restored(today, kept),
    },
  ),
);

export const EXCITATION_RANGES = {
  episodes: { min: 1, max: 1000, whole: true },
  maxSteps: { min: 1, whole: true, optional: true },
  holdSteps: { min: 1, max: 100, whole: true },
  seed: { whole: true },
};

/** The first number of the form that is out of its range, as a sentence; null where none is. */
export function excitationProblem({ episodes, maxSteps, holdSteps, seed }: ExcitationForm): string | null {
  return firstProblem([
    ['Episodes', episodes, EXCITATION_RANGES.episodes],
    ['Steps at most', maxSteps ?? Number.NaN, EXCITATION_RANGES.maxSteps],
    ['New action every', holdSteps, EXCITATION_RANGES.holdSteps],
    ['Seed', seed, EXCITATION_RANGES.seed],
  ]);
}

export async function startRecording(): Promise<void> {
  const { status, activity } = useLive.getState();
  if (activity && activity.kind !== 'idle') return;
  if (!status?.connected) {
    notify('warning', 'There is no rig to record from.', 'Connect one in the Rig room first.');
    return;
  }
  const problem = excitationProblem(useExcitation.getState());
  if (problem !== null) {
    notify('warning', problem, 'Change it in the options of the Record room.');
    return;
  }
  const { episodes, maxSteps, useTermination, holdSteps, amplitude, seed, countSeed, unattended } =
    useExcitation.getState();
  const started = await attempt(() =>
    api().record.start({
      episodes,
      useTermination,
      holdSteps,
      amplitude,
      seed,
      unattended,
      ...(maxSteps === null ? {} : { maxSteps }),
    }),
  );
  if (started) useExcitation.setState({ unattended: false, ...(countSeed ? { seed: seed + 1 } : {}) });
}
