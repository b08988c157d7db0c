import { describe, expect, it } from 'vitest';
import { carriedPackages, isAgreed, licenceOf } from '../../scripts/licences.mjs';

describe('the licences of what ships', () => {
  it('are read from the packages that the app carries along', () => {
    const carried = carriedPackages();
    expect(carried).toEqual(
      expect.arrayContaining([
        'better-sqlite3',
        'serialport',
        '@serialport/bindings-cpp',
        'onnxruntime-node',
      ]),
    );
    for (const name of carried) {
      const { licence, text } = licenceOf(name);
      expect(isAgreed(licence), `${name}: ${licence}`).toBe(true);
      expect(text?.length, name).toBeGreaterThan(200);
    }
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND OFL-1.1', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0-only', false],
    ['SEE LICENSE IN EULA.txt', false],
    [null, false],
  ])('%s is agreed to: %s', (licence, agreed) => {
    expect(isAgreed(licence)).toBe(agreed);
  });
});
