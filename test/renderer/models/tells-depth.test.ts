import { expect, test } from 'vitest';
import { encodePng } from '../../../src/main/camera/png';
import { tellsDepth } from '../../../src/renderer/models/sight/tells-depth';

const base64 = (file: Uint8Array) => Buffer.from(file).toString('base64');
const rgb = new Uint8Array(8 * 4 * 3);

test('a picture tells depth where its file has the chunk for it, and a JPEG file never does', () => {
  const flat = base64(encodePng(rgb, 8, 4));
  const deep = base64(encodePng(rgb, 8, 4, new Uint16Array(8 * 4).fill(700)));
  expect(tellsDepth({ kind: 'png', file: flat })).toBe(false);
  expect(tellsDepth({ kind: 'png', file: deep })).toBe(true);
  expect(tellsDepth({ kind: 'jpeg', file: deep })).toBe(false);
});

test('a file that is cut off tells none, wherever it is cut', () => {
  const whole = encodePng(rgb, 8, 4, new Uint16Array(8 * 4).fill(700));
  for (let length = 0; length < whole.length; length++) {
    expect(typeof tellsDepth({ kind: 'png', file: base64(whole.subarray(0, length)) })).toBe('boolean');
  }
});
