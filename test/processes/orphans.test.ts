import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/main/log';
import type { EpisodeSummary } from '../../src/shared/episode';
import { startCli } from '../cli/run-cli';
import { eventually } from '../eventually';
import { patientRig } from '../rig/patient-rig';
import { contractOver, openSocket, startServe } from '../serve/serve-process';
import { alive, descendantsOf, expectGone } from './family';

/** In tests that run side by side, each one's own. */
type OnFinished = (clean: () => void) => void;

function folder(onTestFinished: OnFinished): string {
  const made = mkdtempSync(join(tmpdir(), 'foresight-orphans-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A `foresight serve` with everything running that it can start: a rig with its firmware, and a training. */
async function busyServe(onTestFinished: OnFinished) {
  const own = folder(onTestFinished);
  const serve = await startServe(own);
  const corePid = await serve.corePid();
  const socket = await openSocket(serve);
  socket.on('error', () => {});
  const api = contractOver(socket);
  await api.rig.connect({ rig: 'cartpole-balance', mode: 'lockstep' });
  await api.record.start({ maxSteps: 50, unattended: true });
  const complete = async () =>
    expect((await api.episodes.list({})).episodes).toMatchObject([{ state: 'complete' }]);
  await eventually(complete, 200);
  await api.models.train({ rig: 'cartpole-balance', options: { epochs: 100_000, patience: 100_000 } });
  await api.rig.connect({ rig: 'cartpole-serial', port: 'simulated' });
  const pid = serve.child.pid ?? 0;
  const family = descendantsOf(pid);
  onTestFinished(() => {
    for (const one of [pid, ...family]) if (alive([one]).length > 0) process.kill(one, 'SIGKILL');
  });
  return { serve, pid, corePid, family, workspace: join(own, 'workspace') };
}

/** The workspace can be written to: its lock went with whoever held it. */
async function openAgain(workspace: string): Promise<EpisodeSummary[]> {
  const log = await openLog(workspace);
  const episodes = await log.episodes();
  await log.close();
  return episodes;
}

describe.skipIf(process.platform === 'win32').concurrent('when a process of Foresight is killed', () => {
  it('all that foresight serve started ends by itself, and the workspace is free', async ({
    onTestFinished,
  }) => {
    const { serve, family, workspace } = await busyServe(onTestFinished);
    // The core, a rig process, its firmware and a training at least.
    expect(family.length).toBeGreaterThanOrEqual(4);
    serve.child.kill('SIGKILL');
    await expectGone(family);
    expect(await openAgain(workspace)).toHaveLength(1);
  });

  it('a core whose supervisor and rig process hang is ended by SIGTERM, with its log closed', async ({
    onTestFinished,
  }) => {
    const { serve, corePid, family, workspace } = await busyServe(onTestFinished);
    const others = family.filter((pid) => pid !== corePid);
    // Nobody answers the core any more, and nobody is there to end a process for it.
    for (const pid of [serve.child.pid ?? 0, ...others]) process.kill(pid, 'SIGSTOP');
    process.kill(corePid, 'SIGTERM');
    await expectGone([corePid]);
    expect(await openAgain(workspace)).toHaveLength(1);
    serve.child.kill('SIGKILL');
    for (const pid of others) process.kill(pid, 'SIGCONT');
    await expectGone(others);
  });

  it('all that a command with the core inside started ends by itself, and its episode is kept', async ({
    onTestFinished,
  }) => {
    const workspace = folder(onTestFinished);
    const flags = [
      '--rig',
      patientRig(workspace, 'cartpole-serial'),
      '--port',
      'simulated',
      '--max-steps',
      '100000',
      '--data',
      workspace,
    ];
    const { child, done } = startCli(['record', ...flags, '--no-termination']);
    const recorded = async () => {
      const log = await openLog(workspace, { readonly: true });
      return log.episodes().finally(() => log.close());
    };
    const recording = async () => expect(await recorded()).toMatchObject([{ state: 'recording' }]);
    await eventually(recording, 200);
    const family = descendantsOf(child.pid ?? 0);
    expect(family.length).toBeGreaterThanOrEqual(2);
    child.kill('SIGKILL');
    await done;
    await expectGone(family);
    expect(await openAgain(workspace)).toMatchObject([{ state: 'interrupted' }]);
  });

  it('a process that is in the middle of a long call ends as well', async () => {
    const program = fileURLToPath(new URL('stuck-parent.ts', import.meta.url));
    const parent = fork(program, { execArgv: ['--import', import.meta.resolve('tsx')] });
    await once(parent, 'message');
    const family = descendantsOf(parent.pid ?? 0);
    expect(family.length).toBeGreaterThanOrEqual(1);
    parent.kill('SIGKILL');
    await expectGone(family);
  });
});
