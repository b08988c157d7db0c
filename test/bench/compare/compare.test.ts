import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compareLibraries } from '../../../src/main/bench/compare/compare';
import type { Row } from '../../../src/main/bench/compare/rows';

/** PyTorch and JAX are too large to be fetched by a test; what they are told and what they answer is the stand-in's. */
const python = fileURLToPath(new URL('stand-in.mjs', import.meta.url));
const ROW: Row = {
  ...{ kind: 'rollouts', id: 'small', name: 'small rollouts', bar: 0.8, threads: [2] },
  ...{ network: { members: 3, hiddenLayers: 2, hiddenUnits: 16 }, candidates: 40, horizon: 12, particles: 3 },
};
const options = { engine: 'onnxruntime' as const, python, rounds: 1, products: false };

describe('Foresight beside other libraries', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('computes the returns that the formulas say, and is compared with the fastest of the others', async () => {
    const done: number[] = [];
    const report = await compareLibraries({
      ...options,
      rows: [ROW],
      onProgress: (step, total) => done.push(step / total),
    });
    expect(report.versions).toMatchObject({
      pytorch: 'stand-in',
      'pytorch-compiled': 'stand-in',
      jax: 'stand-in',
    });
    const [row] = report.rows;
    expect(row?.timings.map(({ library }) => library)).toEqual([
      'foresight',
      ...['pytorch', 'pytorch-compiled', 'jax'],
    ]);
    const ours = row?.timings[0]?.medianMs ?? Number.NaN;
    expect(ours).toBeGreaterThan(0);
    expect(row?.ratio).toBeCloseTo(ours / 1e6, 12);
    expect(row).toMatchObject({ met: true, share: null, missing: [] });
    expect(done.at(-1)).toBe(1);
  });

  it('has no table for unequal work', async () => {
    vi.stubEnv('STAND_IN', 'wrong');
    const failed = compareLibraries({ ...options, rows: [ROW] });
    await expect(failed).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining(
        'PyTorch eager does not do the same work as Foresight in "small rollouts',
      ),
    });
  });

  it('has a column less and says why where a library is missing', async () => {
    vi.stubEnv('STAND_IN', 'absent');
    const report = await compareLibraries({ ...options, rows: [ROW] });
    expect(report.missing).toEqual([
      {
        library: 'jax',
        reason: expect.stringContaining("it said last: ModuleNotFoundError: No module named 'jax'"),
      },
    ]);
    expect(report.rows[0]?.timings.map(({ library }) => library)).toEqual([
      ...['foresight', 'pytorch', 'pytorch-compiled'],
    ]);
  });

  it('ends every program that it started when it is stopped in the middle of a turn', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'foresight-compare-'));
    const file = join(folder, 'pid');
    vi.stubEnv('STAND_IN', 'hangs');
    vi.stubEnv('STAND_IN_PID', file);
    const stop = new AbortController();
    const stopped = compareLibraries({ ...options, rows: [ROW], stop: stop.signal });
    const told = expect(stopped).rejects.toMatchObject({
      code: 'cancelled',
      message: expect.stringContaining('ended by Ctrl-C'),
    });
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toBeTruthy();
    const pid = Number(readFileSync(file, 'utf8'));
    stop.abort('Ctrl-C');
    await told;
    await expect.poll(() => isGone(pid)).toBe(true);
    await rm(folder, { recursive: true });
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
