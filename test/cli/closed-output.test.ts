import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { longColumns } from '../core/views/long-episode';
import { newEpisode } from '../log/fixtures';
import { startCli } from './run-cli';

function folder(onTestFinished: (clean: () => void) => void): string {
  const made = mkdtempSync(join(tmpdir(), 'foresight-pipes-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe.concurrent('a command whose output nobody reads', () => {
  it.each([[['--help']], [['rig', 'show', 'pendulum', '--json']]])('ends quietly: %s', async (args) => {
    const { child, done } = startCli(args);
    child.stdout?.destroy();
    expect(await done).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['--json', '--csv'])('ends quietly in the middle of a long episode: %s', async (how) => {
    const data = mkdtempSync(join(tmpdir(), 'foresight-pipes-'));
    const log = await openLog(data);
    const end = { startedAt: 0, terminated: false, reason: 'Made.', tags: [] };
    const columns = longColumns(60_000, false);
    await log.addEpisodes(
      [{ episode: newEpisode({ source: 'import' }), columns, ...end }],
      'Made an episode',
    );
    await log.close();
    const { child, done } = startCli(['episode', 'show', '1', how, '--data', data]);
    if (child.stdout) await once(child.stdout, 'data');
    child.stdout?.destroy();
    expect(await done).toMatchObject({ code: 0, stderr: '' });
    rmSync(data, { recursive: true, force: true });
  });

  it.runIf(process.platform === 'linux').each([[['rig', 'list', '--json']], [['models', '--json']]])(
    'fails where there is no room for its output, and says so: %s',
    async (args) => {
      const data = mkdtempSync(join(tmpdir(), 'foresight-pipes-'));
      await (await openLog(data)).close();
      const full = openSync('/dev/full', 'w');
      const { done } = startCli([...args, '--data', data], {}, full);
      const { code, stderr } = await done;
      closeSync(full);
      expect([code, stderr]).toEqual([1, expect.stringContaining('The output is not whole: ENOSPC')]);
      rmSync(data, { recursive: true, force: true });
    },
  );

  it('says by its exit code that it failed, where nobody reads why', async ({ onTestFinished }) => {
    const { child, done } = startCli(['episode', 'show', '99', '--data', folder(onTestFinished)]);
    child.stderr?.destroy();
    expect(await done).toMatchObject({ code: 1 });
  });

  it('brings a recording to hold as Ctrl-C does', async ({ onTestFinished }) => {
    const data = folder(onTestFinished);
    const { child, done } = startCli(['record', '--episodes', '1000', '--max-steps', '50', '--data', data]);
    // "recording: 0/1000" and then nobody reads: the next tenth finds the pipe closed.
    if (child.stderr) await once(child.stderr, 'data');
    child.stderr?.destroy();
    expect((await done).code).toBe(1);
    const log = await openLog(data);
    const episodes = await log.episodes();
    await log.close();
    expect(episodes.length).toBeLessThan(1000);
    expect(episodes.map(({ state }) => state)).not.toContain('recording');
  });

  it.skipIf(process.platform === 'win32')(
    'is ended by a defect as by Ctrl-C, which is said',
    async ({ onTestFinished }) => {
      const data = folder(onTestFinished);
      const defect = "process.on('SIGUSR2', () => { throw new Error('a defect that the test made'); })";
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(defect)}` };
      const { child, done } = startCli(
        ['record', '--episodes', '1000', '--max-steps', '50', '--data', data],
        env,
      );
      if (child.stderr) await once(child.stderr, 'data');
      child.kill('SIGUSR2');
      const { code, stderr } = await done;
      expect(code).toBe(1);
      expect(stderr).toContain('a defect that the test made');
      expect(stderr).toContain('Stopped by a defect in Foresight.');
      await (await openLog(data)).close();
    },
  );

  it('ends a demo between two rows of its table with a word, and the workspace is free', async ({
    onTestFinished,
  }) => {
    const data = folder(onTestFinished);
    const { child, done } = startCli(['demo', '--trials', '3', '--data', data]);
    if (child.stdout) await once(child.stdout, 'data');
    child.stdout?.destroy();
    const { code, stderr } = await done;
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Stopped by the end of whoever read the output'),
    ]);
    expect(stderr).not.toContain('EPIPE');
    await (await openLog(data)).close();
  });
});
