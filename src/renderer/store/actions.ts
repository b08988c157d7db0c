import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import { api } from '../api';
import { useLive } from '../live/live';
import { firstProblem } from '../ui/number-problem';
import { restored } from './kept-form';
import { attempt, notify } from './notify';

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

/** Ends the episode or the run in hand and keeps what was recorded. */
export async function finish(): Promise<void> {
  const kind = useLive.getState().activity?.kind;
  if (kind === 'recording') await attempt(() => api().record.finish());
  if (kind === 'running') await attempt(() => api().run.finish());
}

export async function discardEpisode(): Promise<void> {
  if (useLive.getState().activity?.kind === 'recording') await attempt(() => api().record.discard());
}

/** Undoes or redoes the last change to the log and says what it was. */
export async function editHistory(direction: 'undo' | 'redo'): Promise<void> {
  const result = await attempt(() => (direction === 'undo' ? api().episodes.undo() : api().episodes.redo()));
  if (!result) return;
  notify(
    'info',
    result.done ?? (direction === 'undo' ? 'There is nothing to undo.' : 'There is nothing to redo.'),
  );
}
