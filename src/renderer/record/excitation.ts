import type { z } from 'zod';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { RecordInput } from '../../shared/contract';
import {
  type ChannelExcitation,
  type Excitation,
  type ExcitationMethod,
  USUAL_BANDWIDTH_SHARE,
} from '../../shared/excitation';
import type { RecordDrive } from '../../shared/teleop';
import { api } from '../api';
import { useLive } from '../live/live';
import { restored } from '../store/kept-form';
import { attempt, notify } from '../store/notify';
import { type DriveDevice, startDriving } from '../ui/drive/driving';
import { firstProblem } from '../ui/number-problem';

export interface ExcitationForm {
  episodes: number;
  /** Null: as many as the rig's task has. */
  maxSteps: number | null;
  useTermination: boolean;
  /** What decides the actions. */
  drive: 'excitation' | DriveDevice;
  /** By hand: a reset first. */
  fromStart: boolean;
  method: ExcitationMethod;
  /** Hz; null: a twentieth of the control rate. */
  bandwidth: number | null;
  order: number;
  /** Hz; null: a twentieth of the bandwidth. */
  lowest: number | null;
  /** What single channels have otherwise, by rig and channel. */
  channels: Record<string, Record<string, ChannelExcitation>>;
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
      drive: 'excitation',
      fromStart: true,
      method: 'uniform',
      bandwidth: null,
      order: 10,
      lowest: null,
      channels: {},
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
  bandwidth: { min: 0.001, max: 10_000, optional: true },
  order: { min: 2, max: 20, whole: true },
  strength: { min: 0, max: 100, optional: true },
  ownSeed: { whole: true, optional: true },
};

/** The first number of the form that is out of its range, as a sentence; null where none is. */
export function excitationProblem(form: ExcitationForm): string | null {
  const { episodes, maxSteps, holdSteps, seed, method, bandwidth, lowest, order } = form;
  const ranges = EXCITATION_RANGES;
  return firstProblem([
    ['Episodes', episodes, ranges.episodes],
    ['Steps at most', maxSteps ?? Number.NaN, ranges.maxSteps],
    ...(method === 'uniform' ? ([['New action every', holdSteps, ranges.holdSteps]] as const) : []),
    ['Seed', seed, ranges.seed],
    ...(method === 'uniform' ? [] : ([['Bandwidth', bandwidth ?? Number.NaN, ranges.bandwidth]] as const)),
    ...(method === 'prbs' ? ([['Order', order, ranges.order]] as const) : []),
    ...(method === 'multisine'
      ? ([['Lowest frequency', lowest ?? Number.NaN, ranges.bandwidth]] as const)
      : []),
  ]);
}

function driveOf({ drive, fromStart }: ExcitationForm): z.input<typeof RecordDrive> {
  if (drive === 'excitation' || drive === 'leader') return { by: drive };
  return { by: 'hand', device: drive, fromStart };
}

/** Hz, where nothing else is said. */
export const usualBandwidth = ({ periodSeconds }: { periodSeconds: number }) =>
  USUAL_BANDWIDTH_SHARE / periodSeconds;

/** The excitation that the form asks for, of the rig that is connected. */
export function excitationOf(
  { method, bandwidth, order, lowest, channels }: ExcitationForm,
  rig: string,
): Pick<z.input<typeof RecordInput>, 'excitation' | 'channels'> {
  const own = Object.entries(channels[rig] ?? {}).map(([name, { amplitude, ...rest }]) => [
    name,
    { ...(amplitude === undefined ? {} : { amplitude }), ...(method === 'uniform' ? {} : rest) },
  ]);
  return {
    excitation: {
      method,
      ...(method === 'uniform' || bandwidth === null ? {} : { bandwidth }),
      ...(method === 'prbs' ? { order } : {}),
      ...(method === 'multisine' && lowest !== null ? { lowest } : {}),
    } as z.input<typeof Excitation>,
    channels: Object.fromEntries(own),
  };
}

/** Changes what one channel has of its own; undefined takes it away. */
export function setChannel(rig: string, channel: string, change: Partial<ChannelExcitation>): void {
  useExcitation.setState(({ channels }) => {
    const entries = Object.entries({ ...channels[rig]?.[channel], ...change }).filter(
      ([, value]) => value !== undefined,
    );
    return { channels: { ...channels, [rig]: { ...channels[rig], [channel]: Object.fromEntries(entries) } } };
  });
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
  const form = useExcitation.getState();
  const { episodes, maxSteps, useTermination, holdSteps, amplitude, seed, countSeed, drive } = form;
  // A hand that drives is there, or the rig holds.
  const unattended = form.unattended && drive === 'excitation';
  const rig =
    status.rig === null ? undefined : await attempt(() => api().rig.show({ rig: status.rig ?? '' }));
  const started = await attempt(() =>
    api().record.start({
      episodes,
      useTermination,
      holdSteps,
      amplitude,
      seed,
      unattended,
      ...(drive === 'excitation' ? excitationOf(form, status.rig ?? '') : {}),
      drive: driveOf(form),
      ...(maxSteps === null ? {} : { maxSteps }),
    }),
  );
  if (started && rig && drive !== 'excitation') startDriving(rig.file, drive, true);
  if (started) useExcitation.setState({ unattended: false, ...(countSeed ? { seed: seed + 1 } : {}) });
}
