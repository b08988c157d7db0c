import { expect, test } from 'vitest';
import { restored } from '../../../src/renderer/store/kept-form';

const today = { horizon: 25, budget: 'auto', deep: { on: true }, tasks: {}, port: null };

test('what was kept comes back, as deep as the form goes, and null where nothing was chosen', () => {
  const kept = {
    horizon: 12,
    budget: 'fixed',
    deep: { on: false },
    tasks: { arm: { reward: '1' } },
    port: 'A',
  };
  expect(restored(today, kept)).toEqual(kept);
});

test('an emptied field comes back empty', () => {
  expect(restored(today, JSON.parse(JSON.stringify({ horizon: Number.NaN }))).horizon).toBeNaN();
});

test('what another version kept does no harm: unknown fields and other kinds are left out', () => {
  expect(restored(today, { horizon: 'far', gone: 1, deep: 7, tasks: null })).toEqual(today);
  expect(restored(today, null)).toEqual(today);
});
