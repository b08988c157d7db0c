import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli';

describe('foresight engines', () => {
  it('without timing says which there are, and why not of the others', async () => {
    const { code, stdout } = await runCli('engines', '--no-time', '--json');
    expect(code).toBe(0);
    const { engines } = JSON.parse(stdout) as {
      engines: { name: string; available: boolean; reason: string; next: string; rates: unknown }[];
    };
    const names = engines.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['onnxruntime', 'tensorflow', 'wasm', 'cpu']));
    for (const { name, available, reason, next, rates } of engines) {
      expect(rates).toBeNull();
      expect({ name, saysWhy: reason !== '', saysWhatToDo: next !== '' }).toEqual({
        ...{ name, saysWhy: !available, saysWhatToDo: !available },
      });
    }
  });
});

describe('foresight bench memory', () => {
  it('reads resident memory along the way and judges it', async () => {
    const { code, stdout, stderr } = await runCli('bench', 'memory', '--steps', '160', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      engine: expect.stringMatching(/^(native|onnxruntime)$/),
      steps: 160,
      warmUpSteps: 32,
    });
    expect(report.readings).toHaveLength(21);
    expect(report.flat).toBe(report.growthMB <= 50);
    expect(stderr).toContain('training steps: ');
  });

  it('names the engines when asked for one that does not exist', async () => {
    const { code, stderr } = await runCli('bench', 'memory', '--engine', 'abacus');
    expect(code).toBe(2);
    expect(stderr).toContain('onnxruntime:webgpu');
  });
});
