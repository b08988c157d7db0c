import { describe, expect, it } from 'vitest';
import {
  changedLabels,
  choice,
  type Device,
  recognise,
} from '../../../../src/renderer/live/usb/which-camera';

const C920 = 'HD Pro Webcam C920 (046d:0892)';
const device = (deviceId: string, label = C920): Device => ({ deviceId, label });
const OTHER = device('z', 'Laptop camera (0c45:6713)');

describe('the camera that was chosen', () => {
  it('is known by its name wherever it is plugged in, while nothing else ever had that name', () => {
    const chosen = choice(device('a'), [device('a'), OTHER]);
    expect(recognise(chosen, [OTHER, device('b')], false)).toEqual({ kind: 'found', device: device('b') });
    expect(recognise(chosen, [OTHER], true)).toEqual({ kind: 'missing' });
    expect(recognise(null, [device('a')], true)).toEqual({ kind: 'none' });
  });

  it('is asked for as soon as there are two of that name, whatever their numbers are', () => {
    const chosen = choice(device('a'), [device('a')]);
    for (const plugged of [
      [device('a'), device('b')],
      [device('b'), device('a')],
    ]) {
      expect(recognise(chosen, plugged, false)).toEqual({ kind: 'ask' });
    }
  });

  it('of two with one name is taken by its number only as long as none of them was unplugged since', () => {
    const both = [device('a'), device('b')];
    const chosen = choice(device('a'), both);
    expect(recognise(chosen, both, true)).toEqual({ kind: 'found', device: device('a') });
    // The same numbers in a new session, or after a change: plugged in the other way round they look the same.
    expect(recognise(chosen, both, false)).toEqual({ kind: 'ask' });
    // One of the two is there, and nothing says which.
    expect(recognise(chosen, [device('a')], false)).toEqual({ kind: 'ask' });
    expect(recognise(chosen, [device('c'), device('b')], true)).toEqual({ kind: 'ask' });
  });

  it('is settled no more when one of its name came or went', () => {
    const before = [device('a'), device('b'), OTHER];
    expect(changedLabels(before, [OTHER, device('b'), device('a')])).toEqual(new Set());
    expect(changedLabels(before, [device('a'), OTHER])).toEqual(new Set([C920]));
    expect(changedLabels(before, [device('a'), device('b')])).toEqual(new Set([OTHER.label]));
    expect(changedLabels([], before)).toEqual(new Set([C920, OTHER.label]));
  });
});
