import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jogAction } from '../../../src/renderer/rig/jog';
import { portLabel, portsSentence } from '../../../src/renderer/rig/ports';
import { barePort } from '../../../src/shared/ports';
import { ActionChannel } from '../../../src/shared/rig';

const channel = (limits: [number, number], hold = 0) =>
  ActionChannel.parse({ name: 'force', unit: 'N', limits, hold });

describe('jogging', () => {
  test('moves one channel between its hold value and its limit, the others stay at theirs', () => {
    const actions = [channel([-1, 1]), channel([0, 10], 2)];
    expect(jogAction(actions, 0, -0.5)).toEqual([-0.5, 2]);
    expect(jogAction(actions, 1, 0.5)).toEqual([0, 6]);
    expect(jogAction(actions, 1, -1)).toEqual([0, 0]);
  });
  test('never leaves the limits', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -3, max: 5, noNaN: true }),
        (share, hold) => {
          const [value = Number.NaN] = jogAction([channel([-3, 5], hold)], 0, share);
          expect(value).toBeGreaterThanOrEqual(-3);
          expect(value).toBeLessThanOrEqual(5);
        },
      ),
    );
  });
});

describe('ports', () => {
  const port = barePort('/dev/ttyUSB0');
  test('are called by what stays when the cable is moved', () => {
    expect(portLabel(port)).toBe('/dev/ttyUSB0');
    expect(portLabel({ ...port, serialNumber: 'A50285BI' })).toBe('A50285BI (/dev/ttyUSB0)');
    expect(portLabel({ ...port, serialNumber: 'A50285BI', firmware: 'cartpole 1.0' })).toBe(
      'cartpole 1.0 · A50285BI (/dev/ttyUSB0)',
    );
  });
  test('say what is wrong with one of them', () => {
    expect(portsSentence([])).toBe('');
    expect(portsSentence([port])).toBe('1 port found.');
    expect(portsSentence([port, { ...port, problem: 'Permission denied.' }])).toBe(
      '2 ports found; /dev/ttyUSB0: Permission denied.',
    );
  });
});
