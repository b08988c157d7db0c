import { expect, test } from 'vitest';
import { streamWords, usbWords } from '../../../src/renderer/rig/camera-words';
import { Camera } from '../../../src/shared/camera';

const CAMERA = Camera.parse({
  ...{ name: 'top', width: 64, height: 64, rate: 10 },
  source: { kind: 'stream', url: 'http://10.0.0.7/' },
});
const state = (ageMs: number | null, trouble: string | null = null) => ({
  ...{ name: 'top', kind: 'stream' as const, received: 4, ageMs, trouble },
});
const own = (kind: 'none' | 'ask' | 'failed' | 'taking', trouble: string | null = null) => ({
  ...{ state: kind, trouble, picture: null, exposure: null },
});

test('a stream sees, or what is the matter is said', () => {
  expect(streamWords(CAMERA, state(80))).toEqual({ text: 'Seeing.', isGood: true });
  expect(streamWords(CAMERA, state(1200)).text).toBe('Not seeing: no picture for 1.2 s.');
  expect(streamWords(CAMERA, state(80, 'it was silent for 3 s')).text).toBe(
    'Not seeing: it was silent for 3 s.',
  );
  expect(streamWords(CAMERA, state(null)).text).toBe('Reading http://10.0.0.7/ …');
});

test('a USB camera that is not chosen, not known, not had or brought elsewhere is said', () => {
  expect(usbWords(own('none'), state(null), true).text).toContain('nothing of it will be recorded');
  expect(usbWords(own('ask'), state(null), true).text).toContain('Choose it by its picture');
  expect(usbWords(own('failed', 'another program uses it'), state(null), true).text).toBe(
    'Not seeing: another program uses it.',
  );
  expect(usbWords(own('taking'), state(50), true)).toEqual({ text: 'Seeing.', isGood: true });
  expect(usbWords(own('none'), state(50), true)).toEqual({
    ...{ text: 'Another window brings its pictures.', isGood: true },
  });
  expect(usbWords(undefined, state(null), false).text).toContain('This browser cannot');
});
