import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addonFiles, loadAddon } from '../../src/main/tensor/native/addon';
import { addonFile } from '../native/addon';

const system = `${process.platform}-${process.arch}`;
let folder: string;

function put(path: string, at: number): string {
  const file = join(folder, 'native', path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, at, at);
  return file;
}

/** A module that no test before has loaded. */
async function fresh(): Promise<typeof loadAddon> {
  vi.resetModules();
  return (await import('../../src/main/tensor/native/addon')).loadAddon;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foresight-addon-'));
  vi.stubEnv('FORESIGHT_NATIVE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the native executor', () => {
  it('lets a process end well whose worker thread alone had loaded it', () => {
    const worker = `require(${JSON.stringify(addonFile)}).levels()`;
    const main = `new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true })`;
    const { status, signal } = spawnSync(process.execPath, ['-e', main]);
    expect({ status, signal }).toEqual({ status: 0, signal: null });
  });
});

describe('the file of the native executor', () => {
  it('is the one that came along, unless this machine has compiled a newer one', () => {
    const shipped = put(join('prebuilds', system, 'foresight.node'), 2000);
    const from = join(folder, 'out', 'main', 'chunks');
    expect(addonFiles(from)).toEqual([shipped]);
    put(join('build', 'native.node'), 1000);
    expect(addonFiles(from)).toEqual([shipped]);
    const local = put(join('build', 'native.node'), 3000);
    expect(addonFiles(from)).toEqual([local]);
  });

  it('is the one that FORESIGHT_NATIVE names, and no other', () => {
    put(join('prebuilds', system, 'foresight.node'), 2000);
    vi.stubEnv('FORESIGHT_NATIVE', join(folder, 'another.node'));
    expect(addonFiles(folder)).toEqual([join(folder, 'another.node')]);
  });

  it('is not looked for in a folder that cannot be opened, and those above it are still tried', () => {
    const shipped = put(join('prebuilds', system, 'foresight.node'), 2000);
    const below = join(folder, 'out');
    mkdirSync(below);
    symlinkSync('native', join(below, 'native'));
    expect(addonFiles(below)).toEqual([shipped]);
  });

  it('is named in a sentence when it does not load, and ONNX Runtime with it', async () => {
    const broken = put('broken.node', 1000);
    vi.stubEnv('FORESIGHT_NATIVE', broken);
    const load = await fresh();
    expect(load).toThrow(/The engine "native" is not available: it cannot be loaded \(.*broken\.node/);
    expect(load).toThrow(
      expect.objectContaining({ code: 'unavailable', next: expect.stringMatching(/onnxruntime/) }),
    );
  });

  it('loads more than once in a process, and in threads that end', async () => {
    const copy = join(folder, 'copy.node');
    copyFileSync(addonFile, copy);
    vi.stubEnv('FORESIGHT_NATIVE', copy);
    const { level } = loadAddon();
    const code = `const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage(require(workerData).level);`;
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(code, { eval: true, workerData: copy });
      const [told] = await new Promise<string[]>((resolve, reject) => {
        worker.once('message', (message) => worker.once('exit', () => resolve([message])));
        worker.once('error', reject);
      });
      expect(told).toBe(level);
    }
    expect(loadAddon().level).toBe(level);
  });
});
