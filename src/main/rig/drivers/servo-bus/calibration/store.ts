import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  CALIBRATION_SCHEMA,
  CalibratedDevice,
  Calibration,
  type CalibrationShelf,
  deviceWords,
} from '../../../../../shared/calibration';
import { ForesightError } from '../../../../../shared/errors';
import { writeWhole } from '../../../../files/write-whole';
import { readForeign } from '../../../../foreign/read';

const MOST_BYTES = 256 * 1024;
const VERSION_FILE = /^v(\d{4,})\.json$/;
const POINTER = 'in-force.json';
const Pointer = z.object({ device: CalibratedDevice, version: z.number().int().min(1).nullable() });

/** A calibration that has no version yet. */
export type NewCalibration = Omit<Calibration, 'schema' | 'version'>;

/** Where the calibrations of all rigs are in a workspace. */
export function calibrationsFolder(dataFolder: string): string {
  return join(dataFolder, 'calibrations');
}

/**
 * Calibrations as files, a folder a device: every version is a file of its own that is never written again, and a small one says
 * which of them is in force.
 */
export class CalibrationStore {
  /** @param folder of the calibrations of one rig */
  private readonly folder: string;

  constructor(
    dataFolder: string,
    private readonly rig: string,
  ) {
    this.folder = join(calibrationsFolder(dataFolder), rig);
  }

  /** Of every device that has some. */
  async shelves(): Promise<CalibrationShelf[]> {
    const names = await readdir(this.folder).catch(() => []);
    const shelves = await Promise.all(names.sort().map((name) => this.read(join(this.folder, name))));
    return shelves.filter((shelf) => shelf !== undefined);
  }

  async shelf(device: CalibratedDevice): Promise<CalibrationShelf> {
    const found = await this.read(this.place(device));
    return { device, inForce: null, versions: [], problems: [], ...found };
  }

  /** The version that is in force, undefined where none is. @throws bad-file where it is damaged or gone */
  async inForce(device: CalibratedDevice): Promise<Calibration | undefined> {
    const { inForce, versions, problems } = await this.shelf(device);
    if (inForce === null) return undefined;
    const found = versions.find(({ version }) => version === inForce);
    if (found) return found;
    throw new ForesightError(
      'bad-file',
      `Version ${inForce} of the calibration of ${deviceWords(device)} is in force and cannot be read${problems[0] ? `: ${problems[0]}` : '.'}`,
      'Choose another version, or calibrate the rig again.',
    );
  }

  /** @throws not-found */
  async version(device: CalibratedDevice, version: number): Promise<Calibration> {
    const { versions } = await this.shelf(device);
    const found = versions.find((one) => one.version === version);
    if (found) return found;
    const known = versions.map((one) => one.version).join(', ');
    throw new ForesightError(
      'not-found',
      `There is no version ${version} of the calibration of "${this.rig}" on ${deviceWords(device)}.`,
      known === '' ? 'Calibrate the rig first.' : `There are: ${known}.`,
    );
  }

  /** A new version, which nothing will overwrite; it is not in force yet. */
  async add(made: NewCalibration): Promise<Calibration> {
    const folder = this.place(made.device);
    await mkdir(folder, { recursive: true });
    const names = await readdir(folder);
    const taken = names.map((name) => Number(VERSION_FILE.exec(name)?.[1] ?? 0));
    for (let version = Math.max(0, ...taken) + 1; ; version++) {
      const calibration = Calibration.parse({ schema: CALIBRATION_SCHEMA, ...made, version });
      if (await createFile(folder, fileOf(version), `${JSON.stringify(calibration, null, 2)}\n`)) {
        return calibration;
      }
    }
  }

  async putInForce(device: CalibratedDevice, version: number | null): Promise<void> {
    await writeWhole(join(this.place(device), POINTER), `${JSON.stringify({ device, version })}\n`);
  }

  private place({ kind, name }: CalibratedDevice): string {
    const plain = name.replace(/[^A-Za-z0-9.-]/g, '_');
    // Two names that look alike on a disk are not the same device.
    const mark = plain === name ? '' : `-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
    return join(this.folder, `${kind}-${plain.slice(0, 80)}${mark}`);
  }

  private async read(folder: string): Promise<CalibrationShelf | undefined> {
    const names = await readdir(folder).catch(() => undefined);
    if (!names) return undefined;
    const problems: string[] = [];
    const versions: Calibration[] = [];
    for (const name of names.filter((one) => VERSION_FILE.test(one))) {
      const read = await readJson(join(folder, name), Calibration);
      if (typeof read === 'string') problems.push(read);
      else if (read.rig !== this.rig || fileOf(read.version) !== name)
        problems.push(`${join(folder, name)} is the calibration of another rig or version.`);
      else versions.push(read);
    }
    const pointer = names.includes(POINTER) ? await readJson(join(folder, POINTER), Pointer) : undefined;
    if (typeof pointer === 'string') problems.push(pointer);
    const device = typeof pointer === 'object' ? pointer.device : versions[0]?.device;
    if (!device) return undefined;
    return {
      device,
      inForce: typeof pointer === 'object' ? pointer.version : null,
      versions: versions.sort((a, b) => b.version - a.version),
      problems,
    };
  }
}

const fileOf = (version: number): string => `v${String(version).padStart(4, '0')}.json`;

/** The file's content, or why it is none, as a sentence. */
async function readJson<Kind>(path: string, kind: z.ZodType<Kind>): Promise<Kind | string> {
  try {
    const next = 'Choose another version, or calibrate the rig again.';
    const text = await readForeign(path, { what: 'a calibration', most: MOST_BYTES, next });
    const parsed = kind.safeParse(JSON.parse(text.toString('utf8')));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return `${path} is no calibration: ${issue?.path.join('.') || 'the file'}: ${issue?.message}.`;
  } catch (thrown) {
    return `${path} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** False where there is a file of that name; otherwise all of it is on the disk under its name. */
async function createFile(folder: string, name: string, content: string): Promise<boolean> {
  const temporary = join(folder, `.${name}.${randomUUID()}.part`);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A name that is taken stays what it is.
    await link(temporary, join(folder, name));
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new ForesightError(
      'bad-file',
      `The calibration could not be saved in ${folder}: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      'Make room on the disk of the workspace, or make its folder writable; nothing was written to the motors.',
      { cause: thrown },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}
