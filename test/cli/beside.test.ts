import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractOver, openSocket, type ServeProcess, startServe } from '../serve/serve-process';
import { runCli } from './run-cli';

const HINGE = fileURLToPath(new URL('../fixtures/hinge.csv', import.meta.url));
const COLUMNS = [
  '--time',
  'time',
  '--observation',
  'q:rad:angle',
  '--observation',
  'dq:rad/s',
  '--action',
  'tau:Nm',
];
const SMALL = ['--class', 'gaussian', '--hidden-units', '8', '--epochs', '2'];

describe('beside an open foresight serve', () => {
  let folder = '';
  let served: ServeProcess;
  const foresight = async (...args: string[]) => {
    const done = await runCli('--data', join(folder, 'workspace'), '--json', ...args);
    expect(done.stderr).not.toContain('    at ');
    return { ...done, document: done.code === 0 ? (JSON.parse(done.stdout) as Record<string, unknown>) : {} };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-beside-'));
    served = await startServe(folder);
  });
  afterAll(async () => {
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('every command that needs no rig works, and the window sees what came of it', async () => {
    const window = contractOver(await openSocket(served));
    const changes = (await window.episodes.changes())[Symbol.asyncIterator]();
    await changes.next();

    expect(await foresight('import', HINGE, '--name', 'hinge', '--rate', '50', ...COLUMNS)).toMatchObject({
      code: 0,
      document: { episodes: [1] },
    });
    await changes.next();
    expect((await window.episodes.list({})).episodes).toMatchObject([
      { id: 1, rig: 'hinge', source: 'import' },
    ]);
    expect((await foresight('episode', 'list')).document.episodes).toHaveLength(1);
    expect((await foresight('episode', 'show', '1')).document).toMatchObject({ summary: { id: 1 } });

    expect(await foresight('train', '--name', 'hinge', ...SMALL)).toMatchObject({ code: 0 });
    const [model] = await window.models.list();
    expect(model).toMatchObject({ name: 'hinge', rig: 'hinge' });
    expect(await foresight('evaluate', '--model', 'hinge', '--horizons', '1,5')).toMatchObject({ code: 0 });
    expect((await window.models.list())[0]?.evaluation?.horizons).toEqual([1, 5]);
    const exported = await foresight('export', '--model', 'hinge');
    expect((await stat(String(exported.document.file))).isFile()).toBe(true);
    expect(await foresight('episode', 'check')).toMatchObject({ code: 0 });

    const refused = await foresight('record', '--rig', 'pendulum', '--max-steps', '5');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /is in use by another Foresight \(process \d+, since .*\)\. Close that one/,
    );
  });
});
