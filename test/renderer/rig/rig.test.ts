import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jogAction } from '../../../src/renderer/rig/jog';
import { portLabel, portsSentence, portValue } from '../../../src/renderer/rig/ports';
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
  test('say what they are, who answers and who has them open', () => {
    const motors = [1, 2].map((id) => ({ driver: 'feetech' as const, id, model: 'sts3215' }));
    expect(portLabel({ ...port, product: 'USB Serial', busyWith: ['python3 (process 7)'] })).toBe(
      'USB Serial · /dev/ttyUSB0 · open in python3 (process 7)',
    );
    expect(portLabel({ ...port, product: 'USB Serial', motors })).toBe(
      'motors 1, 2 (sts3215) · /dev/ttyUSB0',
    );
  });
  test('are chosen as devices, where these can be told apart', () => {
    const [a, b] = [
      { ...port, key: 'usb-1-2-A' },
      { ...port, key: 'usb-1-2-B', path: '/dev/ttyUSB1' },
    ];
    expect([a, b].map((one) => portValue(one, [a, b, port]))).toEqual(['usb-1-2-A', 'usb-1-2-B']);
    const twin = { ...b, key: a.key };
    expect([a, twin].map((one) => portValue(one, [a, twin]))).toEqual(['/dev/ttyUSB0', '/dev/ttyUSB1']);
    expect(portValue(port, [port])).toBe('/dev/ttyUSB0');
  });
  test('are counted', () => {
    expect([[], [port], [port, port]].map(portsSentence)).toEqual(['', '1 port found.', '2 ports found.']);
  });
});
