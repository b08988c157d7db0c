import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'foresight-rules-'));
  cpSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Names of the rules that a project of these files breaks. */
function brokenBy(files: Record<string, string>): string[] {
  rmSync(join(folder, 'src'), { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const output = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  const { summary } = JSON.parse(output) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

describe('the rules of imports', () => {
  it('let a room import what is drawn below it', () => {
    const files = {
      'src/shared/unit.ts': 'export type Unit = string;',
      'src/main/tensor/index.ts':
        "import type { Unit } from '../../shared/unit';\nexport const unit: Unit = 'm';",
      'src/main/dynamics/model.ts': "export { unit } from '../tensor';",
    };
    expect(brokenBy(files)).toEqual([]);
  });

  it.each(['value', 'type'])('break where a room imports a %s from where it may not', (kind) => {
    const forbidden = [
      ['room-tensor', 'src/main/tensor/a.ts', '../plan/b'],
      ['room-log', 'src/main/log/a.ts', '../rig/b'],
      ['room-control', 'src/main/control/a.ts', '../plan/b'],
      ['shared-stands-alone', 'src/shared/a.ts', '../main/rig/b'],
      ['renderer-only-shared', 'src/renderer/a.tsx', '../main/rig/b'],
      ['window-ground', 'src/renderer/store/a.ts', '../record/b'],
      ['window-parts', 'src/renderer/ui/a.ts', '../frame/b'],
      ['window-rooms-apart', 'src/renderer/run/a.ts', '../models/b'],
      ['below-core', 'src/main/rig/a.ts', '../core/b'],
      ['below-api', 'src/main/core/a.ts', '../api/b'],
      ['room-desktop', 'src/main/desktop/window.ts', '../log/b'],
      ['room-studies-common', 'src/main/studies/common/a.ts', '../model/b'],
    ] as const;
    const files: Record<string, string> = {};
    for (const [, from, specifier] of forbidden) {
      files[join(dirname(from), `${specifier}.ts`)] = 'export const b = 1;';
      files[from] =
        kind === 'value'
          ? `import { b } from '${specifier}';\nexport const a = b;`
          : `import type { b } from '${specifier}';\nexport type A = typeof b;`;
    }
    expect(brokenBy(files)).toEqual(expect.arrayContaining(forbidden.map(([rule]) => rule)));
  });

  it.each([
    ['another room', 'src/renderer/record/a.ts', '../episodes/b', 'window-rooms-apart'],
    ['the frame', 'src/renderer/record/a.ts', '../frame/b', 'window-rooms-apart'],
    [
      'the frame, from a room that nobody has named yet',
      'src/renderer/compare/a.ts',
      '../frame/b',
      'window-rooms-apart',
    ],
    ['a room, from a part', 'src/renderer/charts/a.ts', '../run/b', 'window-parts'],
    ['a room, from the store', 'src/renderer/store/a.ts', '../rig/b', 'window-ground'],
    ['a part, from the live view', 'src/renderer/live/a.ts', '../ui/b', 'window-ground'],
    ['the frame, from the connection', 'src/renderer/api.ts', './frame/b', 'window-ground'],
  ])('break where the window imports %s', (_, from, specifier, rule) => {
    const files = {
      [from]: `export { b } from '${specifier}';`,
      [join(dirname(from), `${specifier}.ts`)]: 'export const b = 1;',
    };
    expect(brokenBy(files)).toEqual([rule]);
  });

  it('let the frame import every room, a room its parts, and all of them the store', () => {
    const files = {
      'src/renderer/store/s.ts': "export { l } from '../live/l';\nexport const s = 1;",
      'src/renderer/live/l.ts': 'export const l = 1;',
      'src/renderer/ui/u.ts': "export { s } from '../store/s';\nexport const u = 1;",
      'src/renderer/run/r.ts':
        "export { u } from '../ui/u';\nexport { s } from '../store/s';\nexport { own } from './own';",
      'src/renderer/run/own.ts': 'export const own = 1;',
      'src/renderer/frame/f.ts': "export { own } from '../run/own';\nexport { s } from '../store/s';",
    };
    expect(brokenBy(files)).toEqual([]);
  });

  it('break where anything but the desktop imports Electron', () => {
    const text = "import { app } from 'electron';\nexport const name = app.name;";
    expect(brokenBy({ 'src/main/core/index.ts': text })).toContain('electron-in-its-room');
    expect(brokenBy({ 'src/main/desktop/menu.ts': text })).not.toContain('electron-in-its-room');
  });

  it.each(['import { b }', 'import type { b }'])('break where two files reach each other by "%s"', (how) => {
    const files = {
      'src/shared/a.ts': `${how} from './b';\nexport const a = 1;\nexport type A = typeof b;`,
      'src/shared/b.ts': "import { a } from './a';\nexport const b = a;",
    };
    expect(brokenBy(files)).toEqual(['no-cycles']);
  });

  it('break where shared or the window use Node', () => {
    const text = "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;";
    expect(brokenBy({ 'src/shared/a.ts': text })).toContain('shared-without-node');
    expect(brokenBy({ 'src/renderer/a.ts': text })).toContain('renderer-without-node');
  });

  it('break where the rig process reaches a native module other than serialport', () => {
    const files = {
      'src/main/control/rig-process.ts': "export { x } from './helper';",
      'src/main/control/helper.ts': "import x from 'better-sqlite3';\nexport { x };",
    };
    expect(brokenBy(files)).toContain('rig-process-loads-nothing-that-crashes');
  });
});
