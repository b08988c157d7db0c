import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { LinkState, RigStatus } from '../../../src/shared/telemetry';

const link = (parts: Partial<LinkState>): LinkState => ({
  phase: 'ready',
  reason: '',
  readback: null,
  info: null,
  counters: {},
  error: null,
  jitter: null,
  ...parts,
});
const status = (parts: Partial<LinkState>, connected = true): RigStatus => ({
  connected,
  rig: 'r',
  mode: 'realtime',
  link: link(parts),
});

let safety: typeof import('../../../src/renderer/store/safety');
let liveModule: typeof import('../../../src/renderer/live/live');
beforeAll(async () => {
  // The modules listen on the window as they load.
  vi.stubGlobal('window', { addEventListener: () => undefined, localStorage: { getItem: () => null } });
  safety = await import('../../../src/renderer/store/safety');
  liveModule = await import('../../../src/renderer/live/live');
});

test('a command is on its way until the rig is where it sends it, and a stop answers every other', () => {
  expect(safety.isAnswered('stop', link({ phase: 'held' }))).toBe(false);
  expect(safety.isAnswered('stop', link({ phase: 'stopped' }))).toBe(true);
  expect(safety.isAnswered('hold', link({ phase: 'running' }))).toBe(false);
  expect(safety.isAnswered('hold', link({ phase: 'stopped' }))).toBe(true);
  expect(safety.isAnswered('resume', link({ phase: 'ready' }))).toBe(true);
});

describe('what is shown at once', () => {
  test('is every change a person must react to, and no mere number', () => {
    const before = status({ phase: 'running', counters: { frames: 1 } });
    const urgent = (parts: Partial<LinkState>) => liveModule.statusIsUrgent(before, status(parts));
    expect(urgent({ phase: 'running', counters: { frames: 2 } })).toBe(false);
    expect(urgent({ phase: 'held' })).toBe(true);
    expect(urgent({ phase: 'running', reason: 'Held: late.' })).toBe(true);
    expect(urgent({ phase: 'running', readback: { torque: false, halted: true, applied: [] } })).toBe(true);
    expect(liveModule.statusIsUrgent(null, before)).toBe(true);
  });
});
