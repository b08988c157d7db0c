import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { readForeignSync } from '../../../foreign/read';
import { cacheFolder } from '../../../installation/cache-folder';
import type { FilesSeen } from './rig-filesystem';
import type { RigFolder } from './rig-folder';

/** All compiled models together, and one of them, bytes. */
const MOST_TOTAL_BYTES = 1024 ** 3;
const MOST_MODEL_BYTES = 256 * 1024 ** 2;
/** A model whose files are smaller than this is compiled as fast as it is found. */
const WORTH_KEEPING_BYTES = 256 * 1024;

const Head = z.object({
  /** SHA-256 of all files that were looked for, relative to the model's file; null: there was none. */
  files: z.array(z.tuple([z.string(), z.string().nullable()])),
  /** SHA-256 of the compiled model that follows the line of this head. */
  sha256: z.string(),
});

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/**
 * Compiled models on disk, by what is in their files: convex hulls of a robot's meshes take seconds, and are the same until
 * a mesh changes. What cannot be kept or found here is compiled again, so nothing about it is an error.
 */
export class CompiledModels {
  /** @param version MuJoCo's: it reads its own models only */
  constructor(
    private readonly version: string,
    private readonly folder = join(cacheFolder(), 'models'),
  ) {}

  /** @param main the MJCF file, absolute */
  find(rig: RigFolder, main: string): Uint8Array | undefined {
    try {
      const file = this.#file(hashNow(rig, main), main);
      const bytes = readForeignSync(file, { what: 'a compiled model', most: MOST_MODEL_BYTES, next: '' });
      const end = bytes.indexOf('\n');
      const head = Head.parse(JSON.parse(bytes.subarray(0, end).toString('utf8')));
      const model = bytes.subarray(end + 1);
      const same = head.files.every(([path, hash]) => hashNow(rig, resolve(dirname(main), path)) === hash);
      if (!same || sha256(model) !== head.sha256) return undefined;
      const now = new Date();
      utimesSync(file, now, now);
      return model;
    } catch {
      return undefined;
    }
  }

  /** @param seen what was looked for to compile it */
  keep(main: string, seen: FilesSeen, compiled: () => Uint8Array): void {
    if (seen.bytes < WORTH_KEEPING_BYTES) return;
    try {
      const model = compiled();
      if (model.length > MOST_MODEL_BYTES) return;
      const head: z.infer<typeof Head> = {
        files: [...seen.files].map(([path, hash]) => [relative(dirname(main), path), hash]),
        sha256: sha256(model),
      };
      const file = this.#file(seen.files.get(main) ?? null, main);
      mkdirSync(this.folder, { recursive: true });
      // Whole or not there: another process may look for it at this moment.
      const part = `${file}.${randomUUID()}.part`;
      writeFileSync(part, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), model]));
      renameSync(part, file);
      this.#makeRoom();
    } catch {
      // A full disk, or a home that may not be written to: the next one compiles again.
    }
  }

  #file(hash: string | null, main: string): string {
    return join(this.folder, `${sha256(`${this.version} ${basename(main)} ${hash}`)}.mjb`);
  }

  /** Removes what was used longest ago. */
  #makeRoom(): void {
    const kept = readdirSync(this.folder)
      .map((name) => ({ path: join(this.folder, name), info: statSync(join(this.folder, name)) }))
      .sort((a, b) => b.info.mtimeMs - a.info.mtimeMs);
    let total = 0;
    for (const { path, info } of kept) {
      total += info.size;
      if (total > MOST_TOTAL_BYTES) rmSync(path);
    }
  }
}

/** SHA-256 of a file of the rig as it is now; null where there is none. */
function hashNow(rig: RigFolder, path: string): string | null {
  const place = rig.place(path);
  if (!place || !statSync(place).isFile()) return null;
  return sha256(readForeignSync(place, { what: 'a file of the rig', most: MOST_MODEL_BYTES, next: '' }));
}
