import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The built command line. */
export const CLI = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url));
export const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url));

const STUDIES = {
  'control.yaml': `
schema: foresight.experiment/1
name: small
rig: cartpole-balance
trials: 1
model: { epochs: 3, members: 2 }
planner: { method: random-shooting, horizon: 5, candidates: 20 }
seeds: [0, 1]
`,
  'models.yaml': `
schema: foresight.model-study/1
name: small
title: Small
sources:
  - name: one
    record: { rig: pendulum, train: { episodes: 2, steps: 50 }, test: { episodes: 1, steps: 50 } }
options: { epochs: 3 }
variants: { plain: { class: { name: gaussian } } }
horizons: [1, 10]
measures: [errors]
seeds: [0, 1]
`,
  'reported.yaml': `
schema: foresight.control-study/1
name: small
title: Small
base:
  rig: cartpole-balance
  model: { epochs: 2, members: 2 }
  planner: { method: random-shooting, horizon: 5, candidates: 20 }
variants: { plain: {} }
protocol: { kind: fixed-model, sizes: [40], episodes: 1 }
seeds: [0]
`,
};

/** Everything that a command may need: a workspace with episodes and a model "m", studies, and a rig folder. */
export async function makeTemplate(folder: string): Promise<void> {
  const workspace = join(folder, 'workspace');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(STUDIES)) await writeFile(join(folder, name), text);
  await cp('resources/rigs/pendulum', join(folder, 'my-rig'), { recursive: true });
  const run = async (...args: string[]) => {
    await promisify(execFile)(process.execPath, [CLI, ...args, '--data', workspace]);
  };
  await run(
    'record',
    '--rig',
    'cartpole-balance',
    '--episodes',
    '6',
    '--no-termination',
    '--max-steps',
    '40',
  );
  await run('train', '--name', 'm', '--epochs', '3', '--members', '2');
}
