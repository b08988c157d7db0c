import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAsset, securityHeaders } from '../../src/main/installation/web-assets';

let folder: string;
let outside: string;

beforeAll(() => {
  outside = mkdtempSync(join(tmpdir(), 'foresight-assets-'));
  folder = join(outside, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(outside, 'secret.json'), 'secret');
  writeFileSync(join(outside, 'renderer-secret.json'), 'secret');
  writeFileSync(join(folder, 'index.html'), 'page');
  writeFileSync(join(folder, 'assets', 'app.js'), 'script');
});
afterAll(() => rmSync(outside, { recursive: true, force: true }));

const text = async (path: string) => (await readAsset(folder, path))?.body.toString() ?? null;

describe('the files of the window', () => {
  it('are served with their kind', async () => {
    expect(await text('/')).toBe('page');
    expect((await readAsset(folder, '/'))?.type).toBe('text/html; charset=utf-8');
    expect((await readAsset(folder, '/assets/app.js'))?.type).toBe('text/javascript; charset=utf-8');
  });

  it('are in memory once, however many ask, until they change', async () => {
    const file = join(folder, 'assets', 'shared.js');
    writeFileSync(file, 'old');
    const [first, second] = await Promise.all([
      readAsset(folder, '/assets/shared.js'),
      readAsset(folder, '/assets/shared.js'),
    ]);
    expect(first?.body.toString()).toBe('old');
    expect(second?.body).toBe(first?.body);
    expect((await readAsset(folder, '/assets/shared.js'))?.body).toBe(first?.body);
    writeFileSync(file, 'newer');
    expect(await text('/assets/shared.js')).toBe('newer');
    rmSync(file);
    expect(await text('/assets/shared.js')).toBeNull();
  });

  it('are nothing where there is no such file, a folder, or an unknown kind', async () => {
    for (const path of ['/none.js', '/assets', '/assets/', '/index', '/%', '/\0.js']) {
      expect(await text(path)).toBeNull();
    }
  });

  it('never come from outside their folder, however the path is written', async () => {
    const step = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '..%2f',
      '%2f',
      '\\..',
      '%5c..',
      'assets',
      'renderer',
      '',
    );
    const target = fc.constantFrom('secret.json', 'renderer-secret.json', '%00secret.json');
    const path = fc
      .tuple(fc.array(step, { maxLength: 8 }), target)
      .map(([steps, end]) => `/${[...steps, end].join('/')}`);
    await fc.assert(
      fc.asyncProperty(path, async (p) => (await text(p)) === null),
      { numRuns: 500 },
    );
    expect(await text('/../secret.json')).toBeNull();
    expect(await text('/../renderer-secret.json')).toBeNull();
  });

  it('are not what a link or a pipe leads to', async () => {
    symlinkSync(join(outside, 'secret.json'), join(folder, 'link.json'));
    symlinkSync(outside, join(folder, 'away'));
    symlinkSync(join(folder, 'turns.json'), join(folder, 'turns.json'));
    symlinkSync(join(folder, 'assets', 'app.js'), join(folder, 'own.js'));
    expect(await text('/link.json')).toBeNull();
    expect(await text('/away/secret.json')).toBeNull();
    expect(await text('/turns.json')).toBeNull();
    expect(await text(`/${'x'.repeat(5000)}.js`)).toBeNull();
    expect(await text('/own.js')).toBe('script');
    if (process.platform === 'win32') return;
    spawnSync('mkfifo', [join(folder, 'pipe.json')]);
    expect(await text('/pipe.json')).toBeNull();
  });

  it('carry a policy under which only our own scripts run', () => {
    const policy = securityHeaders()['Content-Security-Policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).not.toContain('unsafe-eval');
    expect(securityHeaders()['X-Content-Type-Options']).toBe('nosniff');
  });
});
