import { rm } from 'node:fs/promises';
import type { ControlUnit } from '../../../shared/control-study';
import { asForesightError } from '../../../shared/errors';
import { type Core, createCore } from '../../core';
import { limitThreads } from '../../dynamics/threads';
import { version } from '../../installation/version';
import { childPort } from '../../processes/child-port';
import { DEFECT, surviveDefects } from '../../processes/defects';
import { heardOf } from '../../processes/heard';
import type { FromStudyProcess, ToStudyProcess } from '../common/messages';
import type { ControlOrder } from './messages';
import { copyPrepared, runControlUnit } from './unit';

/** A process with a core of its own, on which one variant of a control study after the other is run. */
const { port, host } = await childPort({ leaveMs: 8000 });
const post = (message: FromStudyProcess<ControlUnit | null, string>) => port.post(message);
let core: Core | undefined;
let leaving = false;

/** The rig and the trainings first, so that no process is left behind. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  // What it reads back is in the log; nobody is left to be told.
  await core?.stopForGood('whoever ran the study').catch(() => undefined);
  await core?.close().catch((error: Error) => process.stderr.write(`foresight: ${error.message}\n`));
  process.exit(0);
}

// Ctrl-C on a terminal reaches every process of the group; whoever started this one decides.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => void leave());
port.onClose(() => void leave());
// A rig may be moving here.
surviveDefects(() => core?.rig.stop(DEFECT));
port.onMessage((message) => {
  const known = { unit: true, stop: true } as const;
  const received = heardOf<ToStudyProcess<ControlOrder>>(known, message, 'whoever runs the study');
  if (received?.type === 'stop') void leave();
  else if (received) void work(received);
});

async function work({
  order,
  threads,
}: Extract<ToStudyProcess<ControlOrder>, { type: 'unit' }>): Promise<void> {
  let last = 0;
  const say = (words: string) => {
    if (performance.now() - last < 200) return;
    last = performance.now();
    post({ type: 'progress', progress: words });
  };
  try {
    limitThreads(threads);
    // What an interrupted run left.
    await rm(order.workspace, { recursive: true, force: true });
    await copyPrepared(order);
    core = await createCore({ folder: order.workspace, host, hostKind: 'node', version });
    try {
      const unit = await runControlUnit(core, order, say);
      const open = core;
      core = undefined;
      await open.close();
      if (order.variant !== null) await rm(order.workspace, { recursive: true, force: true });
      if (!leaving) post({ type: 'done', unit });
    } finally {
      const open = core;
      core = undefined;
      await open?.close();
    }
  } catch (thrown) {
    if (!leaving) post({ type: 'failed', error: asForesightError(thrown).toShape() });
  }
}
