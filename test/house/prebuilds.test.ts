import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  binaryOf,
  hashOfPrebuilds,
  hashOfSources,
  prebuilds,
  TARGETS,
} from '../../scripts/native/recipe.mjs';

describe('the committed binaries of the native executor', () => {
  it('were made of the sources as they are', () => {
    const told =
      hashOfPrebuilds() === hashOfSources()
        ? 'up to date'
        : 'native/ was changed: run "npm run native" and commit native/prebuilds with it';
    expect(told).toBe('up to date');
  });

  it.each(Object.keys(TARGETS))('are there and small for %s', (target) => {
    const file = binaryOf(prebuilds, target);
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).size).toBeLessThan(600_000);
  });
});
