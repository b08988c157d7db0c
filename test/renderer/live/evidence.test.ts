import '../window';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  forgetEverything,
  live,
  putAway,
  shownRing,
  takeBatch,
  takeStatus,
  useLive,
} from '../../../src/renderer/live/live';
import type { SampleRing } from '../../../src/renderer/live/ring';
import type { ActivityState, LinkState, RigStatus, TelemetryBatch } from '../../../src/shared/telemetry';

const status = (rig: string | null, phase: LinkState['phase'], reason = ''): RigStatus => ({
  connected: rig !== null && phase !== 'lost' && phase !== 'opening',
  ...{ rig, mode: 'realtime' },
  link: { phase, reason, readback: null, info: null, counters: {}, error: null, jitter: null },
});
const activity = (kind: ActivityState['kind'], parts: Partial<ActivityState> = {}): ActivityState => ({
  ...{
    kind,
    episode: null,
    step: 0,
    maxSteps: 200,
    return: 0,
    done: 0,
    wanted: 1,
    model: null,
    unattended: false,
  },
  ...{ planner: null, propagation: null, adapting: null, policy: null, driver: null, beside: false },
  ...parts,
});
const batch = (parts: Partial<TelemetryBatch>) => takeBatch({ samples: [], events: [], ...parts });
const sample = {
  ...{ seconds: 0, episode: 7, step: 3, observation: [1.5], action: [0] },
  ...{ reward: null, latenessMs: null, planMs: null, missed: false },
};

beforeEach(() => {
  forgetEverything();
  takeStatus(status('arm', 'ready'));
  batch({ samples: [sample] });
});

describe('a rig that is lost', () => {
  beforeEach(() => takeStatus(status('arm', 'lost', 'The port was closed.')));

  test('is remembered with why, and what it sent last is kept', () => {
    expect(useLive.getState().lost).toEqual({ rig: 'arm', reason: 'The port was closed.' });
    expect(live.ring.size).toBe(1);
  });

  test('keeps its evidence while it is connected to again, also where that fails', () => {
    takeStatus(status(null, 'closed'));
    takeStatus(status('arm', 'opening'));
    takeStatus(status(null, 'closed'));
    expect(useLive.getState().lost?.rig).toBe('arm');
    expect(live.ring.size).toBe(1);
  });

  test('is lost no more once it is there again, and its curves go on', () => {
    takeStatus(status(null, 'closed'));
    takeStatus(status('arm', 'ready'));
    expect(useLive.getState().lost).toBeNull();
    expect(live.ring.size).toBe(1);
  });

  test('makes room for another rig, and for whoever puts it away', () => {
    takeStatus(status('leg', 'ready'));
    expect(useLive.getState().lost).toBeNull();
    expect(live.ring.size).toBe(0);
    takeStatus(status('leg', 'lost', 'Gone.'));
    putAway();
    expect(useLive.getState().lost).toBeNull();
  });
});

test('a rig that was disconnected leaves nothing', () => {
  takeStatus(status(null, 'closed'));
  expect(live.ring.size).toBe(0);
});

describe('a run that ended', () => {
  const running = activity('running', { episode: 7, done: 1, wanted: 3, model: 'm', planner: 'mppi' });

  test('is remembered as it stood, until another one begins', () => {
    batch({ activity: running });
    batch({ activity: activity('idle') });
    expect(useLive.getState().ran).toEqual({
      ...{ rig: 'arm', episode: 7, model: 'm', planner: 'mppi', learned: false, begun: 2, wanted: 3 },
    });
    batch({ activity: activity('idle') });
    expect(useLive.getState().ran?.episode).toBe(7);
    batch({ activity: activity('running') });
    expect(useLive.getState().ran).toBeNull();
  });

  test('keeps its rows, however long the rig goes on sending afterwards', () => {
    batch({ activity: running });
    batch({ activity: activity('idle'), samples: [{ ...sample, seconds: 1, step: 4 }] });
    for (let seconds = 2; seconds < 9000; seconds++)
      batch({ samples: [{ ...sample, episode: null, seconds, observation: [0] }] });
    const stepsIn = (ring: SampleRing) => {
      const steps: number[] = [];
      ring.walk(5, 7, (_, step) => steps.unshift(step));
      return steps;
    };
    expect(stepsIn(live.ring)).toEqual([]);
    expect(stepsIn(shownRing())).toEqual([3, 4]);
    putAway();
    expect(shownRing()).toBe(live.ring);
    batch({ activity: running });
    expect(shownRing()).toBe(live.ring);
  });

  test('because its rig was lost is remembered as well', () => {
    batch({ activity: running });
    batch({ status: status('arm', 'lost', 'Gone.'), activity: activity('idle') });
    expect(useLive.getState()).toMatchObject({ lost: { rig: 'arm' }, ran: { episode: 7 } });
  });

  test('is nothing to remember where it had no episode, or was a recording', () => {
    batch({ activity: activity('running') });
    batch({ activity: activity('idle') });
    batch({ activity: activity('recording', { episode: 8 }) });
    batch({ activity: activity('idle') });
    expect(useLive.getState().ran).toBeNull();
  });

  test('is put away by whoever wants to see the rig as it is now, whose curves go on', () => {
    batch({ activity: running });
    batch({ activity: activity('idle') });
    putAway();
    expect(useLive.getState().ran).toBeNull();
    expect(live.ring.size).toBe(1);
  });
});

describe('what a policy does without a model', () => {
  const acting = (step: number, drives: boolean) => ({
    ...{ pilot: 'policy' as const, episode: 7, step, planMs: 1, periodMs: 50, ahead: 0, drives },
    ...{ actions: [[0.5]], insight: null, known: true },
  });

  test('is kept in its order where it drives, and apart from that where it thinks along', () => {
    batch({ acting: acting(1, true) });
    batch({ acting: acting(2, true) });
    batch({ acting: acting(3, false) });
    expect(live.acted.map(({ step }) => step)).toEqual([1, 2]);
    expect(live.beside).toMatchObject({ step: 3, drives: false });
  });

  test('is forgotten with everything else when another rig is connected', () => {
    batch({ acting: acting(1, true) });
    batch({ acting: acting(2, false) });
    takeStatus(status('leg', 'ready'));
    expect(live.acted).toEqual([]);
    expect(live.beside).toBeNull();
  });
});
