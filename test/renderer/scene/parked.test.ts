import { expect, test } from 'vitest';
import { parkedWords } from '../../../src/renderer/scene/parked';
import type { RigStatus } from '../../../src/shared/telemetry';

const status = (counters: Record<string, number>, connected = true): RigStatus => ({
  ...{ connected, rig: 'pendulum', mode: 'realtime' },
  link: { phase: 'ready', reason: '', readback: null, info: null, counters, error: null, jitter: null },
});

test('a simulated rig that only stood at its start so far says so', () => {
  expect(parkedWords(status({ steps: 40, atStart: 40 }))).toBe(
    'Simulated: it stands still at its start until it is moved for the first time.',
  );
});

test('nothing is said once it moved, of a rig that does not tell, and of one that is gone', () => {
  expect(parkedWords(status({ steps: 41, atStart: 40 }))).toBeNull();
  expect(parkedWords(status({ steps: 0, atStart: 0 }))).toBeNull();
  expect(parkedWords(status({ observations: 40 }))).toBeNull();
  expect(parkedWords(status({ steps: 40, atStart: 40 }, false))).toBeNull();
  expect(parkedWords(null)).toBeNull();
});
