import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/shared/random';
import { runCli } from './run-cli';

const SMALL = ['--class', 'gaussian', '--hidden-units', '8', '--epochs', '2'];
const CHANNELS = ['--time', 't', '--observation', 'x:m', '--action', 'u:1'];

describe('data that cannot be learned from', () => {
  let folder = '';
  const foresight = (...args: string[]) => runCli('--data', join(folder, 'workspace'), ...args);

  /** A cart under random forces; `broken` gives what stands in the row's x column. */
  async function csv(
    name: string,
    rows: number,
    broken: (row: number, x: number) => string,
  ): Promise<string> {
    const random = new Random(1);
    let [x, v] = [0, 0];
    const lines = ['t,x,volt,u'];
    for (let row = 0; row < rows; row++) {
      const u = random.uniformIn(-1, 1);
      lines.push(`${0.01 * row},${broken(row, x)},7.4,${u}`);
      v += 0.01 * (5 * u - v);
      x += 0.01 * v;
    }
    const file = join(folder, `${name}.csv`);
    await writeFile(file, lines.join('\n'));
    return file;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'foresight-bad-data-'));
    const good = await csv('good', 120, (_, x) => String(x));
    const volt = ['--observation', 'volt:V'];
    const imports = [
      ['import', good, '--name', 'cart', ...CHANNELS, ...volt],
      ['import', good, '--name', 'bare', ...CHANNELS],
      ['import', good, '--name', 'slow', ...CHANNELS, ...volt, '--rate', '50'],
      ['import', await csv('short', 5, (_, x) => String(x)), '--name', 'short', ...CHANNELS],
    ];
    for (const command of imports) expect((await foresight(...command)).code).toBe(0);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const refused = async (args: string[], sentence: RegExp, exitCode = 1) => {
    const { code, stderr } = await foresight(...args);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(exitCode);
    expect(stderr).not.toContain('    at ');
  };

  it('is refused where it is read: a value that is no number', async () => {
    const broken = await csv('broken', 40, (row, x) => (row === 20 ? 'nan' : String(x)));
    await refused(
      ['import', broken, '--name', 'broken', ...CHANNELS],
      /line 22, column "x": holds nan instead of a number\./,
    );
  });

  it('is refused with what is wrong and what to do, before anything is trained', {}, async () => {
    await refused(
      ['train', '--rig', 'short', ...SMALL],
      /There are 4 transitions in 1 episodes; a model needs at least 8\. Record more/,
    );
    await refused(
      [
        'train',
        '--rig',
        'cart',
        ...SMALL,
        '--loss',
        'k-step',
        '--steps',
        '100',
        '--hold-out',
        '0.5',
        '--last',
        '0',
      ],
      /No 100 transitions follow one another .* longest stretch of the recording has 119\. Record longer episodes, choose fewer steps than 100, or keep/,
    );
    await refused(['train', '--episodes', '1,1', ...SMALL], /Episode 1 was named twice\./, 2);
    await refused(
      ['train', '--episodes', '1,2', ...SMALL],
      /Episodes 1 and 2 do not fit into one model: episode 2 has 1 observation channels against 2\./,
    );
  });

  it('trains what it can, says what it did without, and judges on nothing else', {}, async () => {
    const trained = await foresight('train', '--rig', 'cart', '--name', 'cart', ...SMALL, '--history', '2');
    expect(trained.code).toBe(0);
    expect(trained.stdout.split('\n').filter((line) => line.startsWith('Note: '))).toEqual([
      'Note: "volt" never changes in this data: the model does not look at it and predicts that it goes on so.',
      'Note: Too few transitions for a hold-out: the training loss decided when to stop and who is an elite.',
      'Note: The batch was cut from 256 to 95 transitions, all there are to learn from.',
    ]);
    expect(trained.stdout).toContain('Judged on 23 steps of 1 episode that it did not learn from.');
    await refused(
      ['evaluate', '--model', 'cart', '--episodes', '2'],
      /The model "cart" does not fit episode 2, which has 1 observation channels against 2\./,
    );
    await refused(
      ['evaluate', '--model', 'cart', '--episodes', '3'],
      /does not fit episode 3, which has a period of 0\.02 s against 0\.01 s\./,
    );
    await refused(
      ['run', '--rig', 'pendulum', '--model', 'cart'],
      /was learned on the observations x \(m\), volt \(V\); the rig pendulum has angle \(rad\), velocity \(rad\/s\)\./,
    );
  });
});
