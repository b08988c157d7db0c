import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/main/processes/node-host';
import type { Host, SpawnedProcess } from '../../src/main/processes/port';
import { PortEvents } from '../../src/main/processes/port-events';
import { listEngines, openEngine } from '../../src/main/tensor';
import type { FromCheckProcess, ToCheckProcess } from '../../src/main/tensor/list-engines';

const good = (name: 'onnxruntime' | 'wasm') =>
  ({ type: 'checked', status: { name, available: true, reason: '', next: '' } }) as const;

/** A host whose processes say what they are told to, and then end when the script does. */
function scriptedHost(scripts: ((asked: ToCheckProcess) => FromCheckProcess[])[]): Host {
  return {
    kind: 'node',
    async spawn() {
      const events = new PortEvents();
      const script = scripts.shift();
      const child: SpawnedProcess = {
        pid: undefined,
        post(message) {
          for (const said of script?.(message as ToCheckProcess) ?? []) events.message(said);
          events.close('The process that tries the engines was killed by SIGSEGV.');
        },
        onMessage: (listener) => events.onMessage(listener),
        onClose: (listener) => events.onClose(listener),
        close: () => {},
        kill: () => {},
      };
      return child;
    },
  };
}

describe('listing the engines', () => {
  it('in a process apart says the same as here', async () => {
    const [apart, here] = [await listEngines(nodeHost()), await listEngines()];
    expect(apart).toEqual(here);
    expect(here.find(({ name }) => name === 'onnxruntime')).toEqual({
      ...{ name: 'onnxruntime', available: true, reason: '', next: '' },
    });
  });

  it('happens once for a host', () => {
    const host = nodeHost();
    expect(listEngines(host)).toBe(listEngines(host));
  });

  it('names an engine that ends the process as one that is not available, and goes on with the others', async () => {
    const asked: string[][] = [];
    const host = scriptedHost([
      ({ except }) => {
        asked.push(except);
        return [
          { type: 'checking', name: 'onnxruntime' },
          good('onnxruntime'),
          { type: 'checking', name: 'onnxruntime:webgpu' },
        ];
      },
      ({ except }) => {
        asked.push(except);
        return [{ type: 'checking', name: 'wasm' }, good('wasm'), { type: 'done' }];
      },
    ]);
    const engines = await listEngines(host);
    expect(engines.map(({ name, available }) => [name, available])).toEqual([
      ['onnxruntime', true],
      ['onnxruntime:webgpu', false],
      ['wasm', true],
    ]);
    expect(engines[1]?.reason).toContain('killed by SIGSEGV');
    expect(asked).toEqual([[], ['onnxruntime', 'onnxruntime:webgpu']]);
  });

  it('fails when the process does not even begin, and tries again when asked again', async () => {
    const host = scriptedHost([() => [], () => [good('wasm'), { type: 'done' }]]);
    await expect(listEngines(host)).rejects.toThrow('killed by SIGSEGV');
    expect((await listEngines(host)).map(({ name }) => name)).toEqual(['wasm']);
  });
});

describe('an execution provider', () => {
  it('that is not there says what is missing and what to do', async () => {
    for (const { name, available, reason, next } of await listEngines()) {
      if (available || !name.startsWith('onnxruntime:')) continue;
      expect(reason).toMatch(new RegExp(`^The engine "${name}" is not available: .+\\.$`));
      expect(next).toMatch(/^[A-Z].*or use "onnxruntime"\.$/);
      await expect(openEngine(name)).rejects.toMatchObject({ code: 'unavailable', message: reason, next });
    }
  });

  it('of other systems is not listed, and asked for says whose it is not', async () => {
    const foreign = process.platform === 'darwin' ? 'onnxruntime:dml' : 'onnxruntime:coreml';
    expect((await listEngines()).map(({ name }) => name)).not.toContain(foreign);
    await expect(openEngine(foreign)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`${process.platform} ${process.arch}`),
    });
  });
});
