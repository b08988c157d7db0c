import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RecordInput, RunInput } from '../../../src/shared/contract';
import type { ActivityState, RigStatus } from '../../../src/shared/telemetry';
import { CoreEnd } from '../link';
import { words } from '../render';
import { rigFile } from '../rig-file';

const core = new CoreEnd();
let actions: typeof import('../../../src/renderer/record/excitation');
let liveModule: typeof import('../../../src/renderer/live/live');
let runForm: typeof import('../../../src/renderer/run/run-form');
let Unattended: typeof import('../../../src/renderer/ui/Unattended')['Unattended'];
beforeAll(async () => {
  const api = await import('../../../src/renderer/api');
  actions = await import('../../../src/renderer/record/excitation');
  liveModule = await import('../../../src/renderer/live/live');
  runForm = await import('../../../src/renderer/run/run-form');
  ({ Unattended } = await import('../../../src/renderer/ui/Unattended'));
  const opened = new Promise<void>((resolve) => api.startLink(() => resolve()));
  core.connect();
  await opened;
});
afterAll(() => core.close());
beforeEach(() => {
  core.asked.length = 0;
  liveModule.useLive.setState({
    activity: { kind: 'idle' } as ActivityState,
    status: { connected: true } as RigStatus,
  });
});

const asked = () => core.asked.map(({ input }) => RecordInput.parse(input).unattended);

const FOR_MODEL = {
  dynamics: 'model',
  model: 'm',
  sees: false,
  policy: undefined,
  rig: rigFile('cartpole-balance'),
  horizon: 25,
} as const;

test('a recording is not asked for with a number out of range, and the sentence says which', async () => {
  const { excitationProblem, startRecording, useExcitation } = actions;
  expect(excitationProblem(useExcitation.getState())).toBeNull();
  for (const [parts, said] of [
    [{ episodes: 0 }, 'Episodes must be a whole number from 1 to 1000.'],
    [{ maxSteps: 0 }, 'Steps at most must be a whole number of at least 1.'],
    [{ holdSteps: Number.NaN }, 'New action every must be a whole number from 1 to 100.'],
  ] as const) {
    useExcitation.setState({ ...useExcitation.getInitialState(), ...parts });
    expect(excitationProblem(useExcitation.getState())).toBe(said);
    await startRecording();
  }
  useExcitation.setState(useExcitation.getInitialState());
  expect(asked()).toEqual([]);
});

describe('going on without the window', () => {
  test('is off until somebody asks for it', async () => {
    await actions.startRecording();
    expect(asked()).toEqual([false]);
    expect(runForm.runInput(runForm.useRunForm.getInitialState(), FOR_MODEL).unattended).toBe(false);
  });

  test('counts for one start only, and is not remembered over a reload', async () => {
    actions.useExcitation.setState({ unattended: true });
    const kept = actions.useExcitation.persist.getOptions().partialize?.(actions.useExcitation.getState());
    expect(kept).not.toHaveProperty('unattended');
    await actions.startRecording();
    await actions.startRecording();
    expect(asked()).toEqual([true, false]);
  });

  test('is asked of the core in the words of the contract, for a run as well', () => {
    const form = { ...runForm.useRunForm.getInitialState(), unattended: true };
    const input = runForm.runInput(form, { ...FOR_MODEL, dynamics: 'simulator', model: undefined });
    expect(RunInput.parse(input)).toEqual(input);
    expect(input).toMatchObject({ unattended: true, dynamics: 'simulator', model: '' });
  });

  test('says what happens to the rig in either case', () => {
    const said = (on: boolean) => words(<Unattended what="recording" on={on} onChange={() => undefined} />);
    expect(said(false)).toMatch(
      /the recording ends, and the rig is told to hold, within a second of missing this window/,
    );
    expect(said(true)).toMatch(/Nobody has to watch.*For the next start only\./);
  });
});
