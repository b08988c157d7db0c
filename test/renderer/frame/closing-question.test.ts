import '../window';
import { expect, test } from 'vitest';
import { IDLE_ACTIVITY } from '../../../src/main/core/telemetry';
import { asksToLeave } from '../../../src/renderer/frame/ClosingQuestion';

const running = { ...IDLE_ACTIVITY, kind: 'running' as const };
const unattended = { ...running, unattended: true };

test('a page asks before it ends something, and not before a run that goes on without it', () => {
  expect(asksToLeave(running, false)).toBe(true);
  expect(asksToLeave(unattended, false)).toBe(false);
  for (const nothing of [null, IDLE_ACTIVITY]) expect(asksToLeave(nothing, true)).toBe(false);
});

test('the desktop’s window asks before an unattended run as well: with it everything ends', () => {
  expect(asksToLeave(unattended, true)).toBe(true);
});
