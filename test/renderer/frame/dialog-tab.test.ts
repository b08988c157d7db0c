import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tabTarget } from '../../../src/renderer/frame/dialog-tab';

const dialog = ['close', 'field', 'ok'];
const bar = ['STOP', 'hold'];

test('behind the last of a dialog comes STOP, behind the safety bar the dialog’s first, and the same way back', () => {
  expect(tabTarget(dialog, bar, 'ok', false)).toBe('STOP');
  expect(tabTarget(dialog, bar, 'hold', false)).toBe('close');
  expect(tabTarget(dialog, bar, 'close', true)).toBe('hold');
  expect(tabTarget(dialog, bar, 'STOP', true)).toBe('ok');
  expect(tabTarget(dialog, bar, 'field', false)).toBeNull();
});

test('from outside of both Tab goes to STOP', () => {
  for (const active of [null, 'a button behind the dialog'])
    expect(tabTarget(dialog, bar, active, false)).toBe('STOP');
});

test('STOP is reached from every element of any dialog', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      (inDialog, inBar, back) => {
        const elements = Array.from({ length: inDialog }, (_, i) => `d${i}`);
        const safety = ['STOP', ...Array.from({ length: inBar - 1 }, (_, i) => `s${i}`)];
        for (const from of [null, ...elements, ...safety]) {
          let at: string | null = from;
          for (let presses = 0; at !== 'STOP'; presses++) {
            expect(presses).toBeLessThanOrEqual(inDialog + inBar);
            const part: string[] = at !== null && elements.includes(at) ? elements : safety;
            // Within a part the browser goes to the next one.
            at =
              tabTarget(elements, safety, at, back) ?? part[part.indexOf(at ?? '') + (back ? -1 : 1)] ?? null;
          }
        }
      },
    ),
  );
});
