import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { version } from '../../installation/version';

/** What the numbers were computed on, in one line without a date. */
export async function machineLine(): Promise<string> {
  const processors = cpus();
  const model = processors[0]?.model.replace(/\s+/g, ' ').trim() || 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return [
    `${model}, ${processors.length} ${processors.length === 1 ? 'core' : 'cores'}, ${gigabytes} GB`,
    `Node ${process.versions.node}`,
    `ONNX Runtime ${(await packageVersion('onnxruntime-node')) ?? 'unknown'}`,
    `Foresight ${version}`,
  ].join(' · ');
}

async function packageVersion(name: string): Promise<string | undefined> {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return (JSON.parse(await readFile(manifest, 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}
