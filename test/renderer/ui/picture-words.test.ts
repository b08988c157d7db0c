import { expect, test } from 'vitest';
import { pictureWords } from '../../../src/renderer/ui/picture-words';

const picture = (hostSeconds: number, alike = 0) => ({
  sequence: 4,
  hostSeconds,
  alike,
  kind: 'png' as const,
  file: '',
});

test('a picture that is of its time needs no words', () => {
  expect(pictureWords(picture(0.2), 20, 0.2, 0.05)).toBe('');
  // A camera at a tenth of the rig's rate: the picture is seen by ten steps.
  expect(pictureWords(picture(0.2), 2, 0.65, 0.05)).toBe('');
  expect(pictureWords(picture(0.2), 20, null, 0.05)).toBe('');
});

test('pictures that are missing, one that is repeated, and none at all are said', () => {
  expect(pictureWords(picture(0.2), 20, 0.41, 0.05)).toBe('0.21 s old: 4 pictures are missing');
  expect(pictureWords(picture(0.2, 2), 20, 0.2, 0.05)).toBe('The same picture 3 times');
  expect(pictureWords(picture(0.2, 30), 20, 0.2, 0.05)).toBe('The same picture 31 times or more');
  expect(pictureWords(null, 20, 1, 0.05)).toBe('No picture yet');
});
