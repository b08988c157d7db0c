import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

describe('the packages', () => {
  const { dependencies, devDependencies, optionalDependencies } = read('package.json') as Record<
    string,
    Record<string, string>
  >;
  const named = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });

  it('are named with exact versions, the ones that the lock file installs', () => {
    const { packages } = read('package-lock.json') as { packages: Record<string, { version?: string }> };
    const locked = named.map(([name]) => [name, packages[`node_modules/${name}`]?.version]);
    expect(named.length).toBeGreaterThan(50);
    expect(Object.fromEntries(named)).toEqual(Object.fromEntries(locked));
  });

  it('come from a registry that is not named', () => {
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
    expect(lock.match(/"resolved":/g)).toBeNull();
  });
});
