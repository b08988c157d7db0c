import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import { lacksProgram } from '../needs';
import { patientRig } from '../rig/patient-rig';
import { type Heard, openRecordedLine, type RecordedLine, saidAfterStop } from '../rig/recorded-line';
import { start } from './interrupted';

let folder: string;
let rig: string;
let line: RecordedLine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foresight-stops-'));
  rig = patientRig(folder, 'cartpole-serial');
  if (!lacksProgram('socat')) line = await openRecordedLine();
});
afterAll(async () => {
  line?.close();
  await rm(folder, { recursive: true, force: true });
});

const RECORD = ['record', '--episodes', '50', '--no-termination', '--max-steps', '40'];
const RUN = [
  ...['run', '--dynamics', 'simulator', '--planner', 'random-shooting'],
  ...['--horizon', '5', '--candidates', '20', '--episodes', '50'],
];
const DEMO = ['demo', '--realtime'];

/** What the command was doing when it was stopped, and how one can tell that it is. */
type Moment = [string, string[], NodeJS.Signals, Heard | string, number];

describe.skipIf(lacksProgram('socat'))('a command that is stopped', () => {
  it.each<Moment>([
    ['record, while the device has not said hello yet', RECORD, 'SIGINT', 'helloRequest', 1],
    ['record, while the device is being woken', RECORD, 'SIGTERM', 'resume', 1],
    ['record, while the stream begins', RECORD, 'SIGINT', 'stream', 1],
    ['record, while the rig goes to its start', RECORD, 'SIGINT', 'reset', 1],
    ['record, at the first command', RECORD, 'SIGHUP', 'command', 1],
    ['record, in the middle of an episode', RECORD, 'SIGTERM', 'command', 20],
    ['record, between two episodes', RECORD, 'SIGINT', 'reset', 2],
    ['run, while the planner is being compiled', RUN, 'SIGINT', 'running: 0/', 1],
    ['run, in the middle of an episode', RUN, 'SIGTERM', 'command', 5],
    ['demo, in its random motion', DEMO, 'SIGINT', 'command', 3],
    ['demo, while it trains', DEMO, 'SIGTERM', 'trial 1 train', 1],
  ])(
    '%s: nothing moves after it, nothing is left, and it says what is known',
    async (name, command, signal, at, times) => {
      line.clear();
      const data = join(folder, name.replace(/\W+/g, '-'));
      const running = start([...command, '--rig', rig, '--port', line.path], data);
      await running.before(at.includes(' ') ? running.says(at) : line.until(at as Heard, times));
      const stoppedAt = line.heard.length;
      running.interrupt(signal);
      const { code, stderr } = await running.over;

      expect(code).toBe(1);
      expect(stderr).toContain(`Stopped by ${signal === 'SIGINT' ? 'Ctrl-C' : signal}.`);
      expect(stderr).toMatch(/has confirmed that it holds|not read back|not known/);
      await expect.poll(running.left).toEqual([]);
      expect(saidAfterStop(line.heard, stoppedAt)).toEqual([]);
      // Nobody holds the lock, and every episode is whole or says that it was interrupted.
      const log = await openLog(data);
      const episodes = await log.episodes({});
      await log.close();
      expect(episodes.filter(({ state }) => !['complete', 'interrupted'].includes(state))).toEqual([]);
      if (line.heard.includes('command')) expect(episodes.length).toBeGreaterThan(0);
    },
  );

  it('a study of two seeds begins no second one', async () => {
    line.clear();
    const file = join(folder, 'study.yaml');
    const study = ['schema: foresight.experiment/1', 'name: two', `rig: ${rig}`, 'mode: realtime'];
    await writeFile(file, [...study, `port: ${line.path}`, 'seeds: [1, 2]', ''].join('\n'));
    const running = start(['experiment', file], join(folder, 'study'));
    await running.before(line.until('command', 3));
    const stoppedAt = line.heard.length;
    running.interrupt('SIGINT');
    expect((await running.over).stderr).toContain('Stopped by Ctrl-C.');
    await expect.poll(running.left).toEqual([]);
    expect(saidAfterStop(line.heard, stoppedAt)).toEqual([]);
  });

  it('says that nothing is known of a rig whose process does not answer, and leaves nobody behind', async () => {
    line.clear();
    const data = join(folder, 'frozen');
    const running = start([...RECORD, '--rig', rig, '--port', line.path], data);
    await running.before(line.until('command', 3));
    const rigProcess = running.left().find((command) => command.includes('rig-process'));
    process.kill(Number(rigProcess?.split(' ')[0]), 'SIGSTOP');
    running.interrupt('SIGTERM');
    const { code, stderr } = await running.over;
    expect(code).toBe(1);
    expect(stderr).toContain('Whether the rig holds is not known: its process does not answer.');
    await expect.poll(running.left).toEqual([]);
    await (await openLog(data)).close();
  });

  it('takes one request that comes on several ways for one', async () => {
    line.clear();
    const running = start([...RECORD, '--rig', rig, '--port', line.path], join(folder, 'several-ways'));
    await running.before(line.until('command', 3));
    running.interrupt('SIGTERM');
    running.interrupt('SIGTERM');
    const { code, stderr } = await running.over;
    expect(code).toBe(1);
    // In the orderly way: with a sentence on the rig, whose own hold may have come before ours.
    expect(stderr).toMatch(/Stopped by SIGTERM\. .*(has confirmed that it holds|is not known)/);
    await expect.poll(running.left).toEqual([]);
  });
});
