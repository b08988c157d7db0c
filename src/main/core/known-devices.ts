import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { asForesightError } from '../../shared/errors';
import { DeviceIdentity } from '../../shared/ports';
import { writeWhole } from '../files/write-whole';

const SCHEMA = 'foresight.devices/1';

const DevicesFile = z.object({
  schema: z.literal(SCHEMA),
  /** By the rig's name: the device that it was connected to last. */
  rigs: z.record(z.string(), DeviceIdentity),
});
type DevicesFile = z.infer<typeof DevicesFile>;

const EMPTY: DevicesFile = { schema: SCHEMA, rigs: {} };

/**
 * Which device each rig was connected to last, kept in `devices.json` of the workspace. A file that cannot be read is put
 * aside, and one of a later version is left alone: either way every rig begins without a device, which is said.
 */
export class KnownDevices {
  #file: Promise<DevicesFile> | undefined;
  #mayWrite = true;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly warn: (message: string, next: string) => void,
  ) {}

  async of(rig: string): Promise<DeviceIdentity | null> {
    const { rigs } = await this.#read();
    return Object.hasOwn(rigs, rig) ? (rigs[rig] ?? null) : null;
  }

  /** Resolves when it is on the disk, or when it was said why not: a rig moves without it. */
  remember(rig: string, device: DeviceIdentity): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const file = await this.#read();
      const next = { ...file, rigs: { ...file.rigs, [rig]: device } };
      if (JSON.stringify(next) === JSON.stringify(file)) return;
      this.#file = Promise.resolve(next);
      if (!this.#mayWrite) return;
      try {
        await writeWhole(this.path, `${JSON.stringify(next, null, 2)}\n`);
      } catch (thrown) {
        const { message, next: what } = asForesightError(thrown);
        this.warn(`Which device "${rig}" is will not be known the next time: ${message}`, what);
      }
    });
    return this.#writing;
  }

  #read(): Promise<DevicesFile> {
    this.#file ??= this.#load();
    return this.#file;
  }

  async #load(): Promise<DevicesFile> {
    const text = await readFile(this.path, 'utf8').catch((thrown: { code?: string }) => {
      if (thrown.code !== 'ENOENT') this.#mayWrite = false;
      return null;
    });
    if (text === null) {
      if (!this.#mayWrite) this.warn(`${this.path} cannot be read.`, 'Check the rights of this file.');
      return EMPTY;
    }
    const file = DevicesFile.safeParse(parsed(text));
    if (file.success) return file.data;
    const schema = z.object({ schema: z.string() }).safeParse(parsed(text)).data?.schema ?? '';
    if (schema.startsWith('foresight.devices/') && schema !== SCHEMA) {
      this.#mayWrite = false;
      this.warn(
        `${this.path} was written by a later version of Foresight ("${schema}"); it is left as it is.`,
        'Rigs look for their devices as if they had never been connected. Use the later version.',
      );
      return EMPTY;
    }
    const aside = `${this.path}.unreadable`;
    await rename(this.path, aside).catch(() => {
      this.#mayWrite = false;
    });
    this.warn(
      `${this.path} is damaged and was put aside as ${aside}.`,
      'Rigs look for their devices as if they had never been connected: check which one is found.',
    );
    return EMPTY;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
