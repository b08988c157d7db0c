import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { readModel } from '../../src/main/dynamics/model-file';
import { readCheckpoint } from '../../src/main/jobs/checkpoint';
import { readPolicyCheckpoint } from '../../src/main/jobs/policy-checkpoint';
import { openLog } from '../../src/main/log';
import { readPolicy } from '../../src/main/policy/representation/policy-file';

/** Can the workspace be opened by somebody else, is all of its log as it was written, and does every episode know its end? */
export async function checkWorkspace(folder: string): Promise<string[]> {
  const problems: string[] = [];
  try {
    const log = await openLog(folder);
    const { damage, database } = await log.check();
    problems.push(...database, ...damage.map((one) => JSON.stringify(one)));
    for (const { id, state } of await log.episodes({ deleted: 'too' })) {
      if (state === 'recording') problems.push(`episode ${id} is still being recorded`);
    }
    await log.close();
  } catch (thrown) {
    problems.push(`the workspace cannot be opened: ${(thrown as Error).message}`);
  }
  return problems;
}

/** Every file that has its name is whole; what is being written has another one (.name.pid.part). */
export async function checkFiles(folder: string): Promise<string[]> {
  const problems: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const file = join(entry.parentPath, entry.name);
    try {
      await readWhole(file);
    } catch (thrown) {
      problems.push(`${file} is not whole: ${(thrown as Error).message}`);
    }
  }
  return problems;
}

async function readWhole(file: string): Promise<void> {
  const ending = file.slice(file.lastIndexOf('.'));
  if (ending === '.json') JSON.parse(await readFile(file, 'utf8'));
  else if (ending === '.onnx') await (await InferenceSession.create(file)).release();
  else if (basename(dirname(file)) === 'checkpoints') await readCheckpoint(file);
  else if (file.includes(join('checkpoints', 'policies'))) await readPolicyCheckpoint(file);
  else if (basename(dirname(file)) === 'policies') await readPolicy(file);
  else if (ending === '.safetensors') await readModel(file);
  else if (ending === '.svg' && !(await readFile(file, 'utf8')).trimEnd().endsWith('</svg>')) {
    throw new Error('it has no end');
  } else if (
    ending === '.png' &&
    !(await readFile(file)).subarray(-8).toString('latin1').startsWith('IEND')
  ) {
    throw new Error('it has no end');
  } else if (ending === '.md' && !(await readFile(file, 'utf8')).endsWith('\n'))
    throw new Error('it has no end');
}
