import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { asForesightError, ForesightError } from '../../../shared/errors';
import { type Rig, RigFile, type RigListing } from '../../../shared/rig';
import { readForeign } from '../../foreign/read';
import { resourcesFolder } from '../../installation/resources';
import { bindModel } from '../drivers/mujoco/binding';
import { loadMujoco } from '../drivers/mujoco/engine';
import { compileModel, modelNames, readModelText } from '../drivers/mujoco/model';
import { describeIssue } from './describe-issue';

const MAX_RIG_BYTES = 1024 * 1024;
const MAX_PROBLEMS_SHOWN = 5;
const CORRECT = 'Correct the file as docs/rigs.md describes and try again.';

/** Folder of the rigs that come with Foresight. */
export function builtInRigsFolder(): string {
  return join(resourcesFolder(), 'rigs');
}

/**
 * Reads a rig: a built-in name, a folder with a rig.json, or a rig.json itself. `userFolder` is where a user's own
 * rigs are kept, by name as well. Throws not-found or bad-file; names in the MJCF are checked by `checkRig`.
 */
export async function loadRig(nameOrPath: string, userFolder?: string): Promise<Rig> {
  const folder = await findRigFolder(nameOrPath, userFolder);
  const builtIn = dirname(folder) === builtInRigsFolder();
  const file = await readRigFile(join(folder, 'rig.json'));
  const absolute = (path: string) => resolve(folder, path);
  return {
    folder,
    builtIn,
    file: {
      ...file,
      ...(file.mujoco && { mujoco: { ...file.mujoco, model: absolute(file.mujoco.model) } }),
      ...(file.serial && {
        serial: {
          ...file.serial,
          ...(file.serial.simulation !== undefined && {
            simulation: await resolveSimulation(file.serial.simulation, folder),
          }),
        },
      }),
      scene: { ...file.scene, model: absolute(file.scene.model) },
    },
  };
}

/** All built-in rigs and those in `userFolder`, unusable ones with the reason. */
export async function listRigs(userFolder?: string): Promise<RigListing[]> {
  const folders = [builtInRigsFolder(), ...(userFolder === undefined ? [] : [resolve(userFolder)])];
  const listings: RigListing[] = [];
  for (const [i, parent] of folders.entries()) {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    for (const name of entries.map((entry) => entry.name).sort()) {
      const folder = join(parent, name);
      if (!(await isFile(join(folder, 'rig.json')))) continue;
      listings.push(await listing(folder, i === 0));
    }
  }
  return listings;
}

/** Reads a rig and everything it names; resolves with it, or throws bad-file with every problem found. */
export async function checkRig(nameOrPath: string, userFolder?: string): Promise<Rig> {
  const rig = await loadRig(nameOrPath, userFolder);
  const mujoco = await loadMujoco();
  const problems: string[] = [];
  if (rig.file.mujoco) {
    const model = await compileModel(mujoco, rig.file.mujoco.model);
    const bound = bindModel(mujoco.module, model, rig.file);
    problems.push(...bound.problems.map((problem) => `${problem.path}: expected ${problem.message}`));
    model.delete();
  }
  const scene = await compileModel(mujoco, rig.file.scene.model);
  const { joints } = modelNames(scene);
  scene.delete();
  const channels = rig.file.observations.map((channel) => channel.name);
  for (const [joint, channel] of Object.entries(rig.file.scene.joints)) {
    const path = `scene.joints.${joint}`;
    if (!joints.includes(joint)) {
      problems.push(`${path}: expected the name of a joint of the drawing (${quoted(joints)})`);
    }
    if (!channels.includes(channel)) {
      problems.push(`${path}: expected an observation channel (${quoted(channels)}), found "${channel}"`);
    }
  }
  if (rig.file.serial?.simulation !== undefined) problems.push(...(await simulationProblems(rig)));
  if (problems.length > 0) throw badRig(join(rig.folder, 'rig.json'), problems);
  return rig;
}

/** What the 3D view needs: the drawing's MJCF in one text, and which channel drives which joint. */
export async function readScene(rig: Rig): Promise<{ mjcf: string; joints: Record<string, string> }> {
  return { mjcf: await readModelText(rig.file.scene.model), joints: rig.file.scene.joints };
}

/** The simulated firmware speaks for the real one, so its plant must have the same channels. */
async function simulationProblems(rig: Rig): Promise<string[]> {
  const plant = await checkRig(rig.file.serial?.simulation ?? '');
  const signature = (channels: { name: string; unit: string }[]) =>
    channels.map((channel) => `${channel.name} [${channel.unit}]`).join(', ');
  const problems: string[] = [];
  if (plant.file.driver !== 'mujoco') {
    problems.push(
      `serial.simulation: expected a rig with driver "mujoco", found driver "${plant.file.driver}"`,
    );
  }
  for (const list of ['observations', 'actions'] as const) {
    const [own, simulated] = [signature(rig.file[list]), signature(plant.file[list])];
    if (own !== simulated) {
      problems.push(`serial.simulation: expected a rig with the ${list} ${own}, found ${simulated}`);
    }
  }
  if (plant.file.periodSeconds !== rig.file.periodSeconds) {
    problems.push(
      `serial.simulation: expected a rig with periodSeconds ${rig.file.periodSeconds}, found ${plant.file.periodSeconds}`,
    );
  }
  return problems;
}

async function readRigFile(path: string): Promise<RigFile> {
  const text = await readForeign(path, { what: 'a rig file', most: MAX_RIG_BYTES, next: CORRECT });
  let input: unknown;
  try {
    input = JSON.parse(text.toString('utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw badRig(path, [`the file: expected JSON (${why})`], cause);
  }
  const parsed = RigFile.safeParse(input);
  if (parsed.success) return parsed.data;
  throw badRig(
    path,
    parsed.error.issues.map((issue) => describeIssue(issue, input)),
  );
}

function badRig(path: string, problems: string[], cause?: unknown): ForesightError {
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).join('; ');
  const more = problems.length - MAX_PROBLEMS_SHOWN;
  return new ForesightError(
    'bad-file',
    `${path}: ${shown}${more > 0 ? `; and ${more} more` : ''}.`,
    CORRECT,
    { cause },
  );
}

async function findRigFolder(nameOrPath: string, userFolder?: string): Promise<string> {
  const isName = /^[a-z0-9][a-z0-9-]*$/.test(nameOrPath);
  const places = [
    ...(isName ? [join(builtInRigsFolder(), nameOrPath)] : []),
    ...(isName && userFolder !== undefined ? [join(resolve(userFolder), nameOrPath)] : []),
    basename(nameOrPath) === 'rig.json' ? dirname(resolve(nameOrPath)) : resolve(nameOrPath),
  ];
  for (const place of places) if (await isFile(join(place, 'rig.json'))) return place;
  const names = (await readdir(builtInRigsFolder())).sort();
  throw new ForesightError(
    'not-found',
    `There is no rig "${nameOrPath}": neither a built-in rig (${quoted(names)}) nor a folder with a rig.json.`,
    'Give one of these names, or the path of the folder that holds rig.json.',
  );
}

/** A sibling or relative folder first, so that a copied folder keeps working; then a built-in name. */
async function resolveSimulation(simulation: string, folder: string): Promise<string> {
  for (const place of [resolve(folder, simulation), resolve(folder, '..', simulation)]) {
    if (await isFile(join(place, 'rig.json'))) return place;
  }
  return findRigFolder(simulation);
}

async function listing(folder: string, builtIn: boolean): Promise<RigListing> {
  try {
    const { file } = await checkRig(folder);
    return { name: file.name, title: file.title, driver: file.driver, folder, builtIn, problem: null };
  } catch (thrown) {
    const name = basename(folder);
    return {
      name,
      title: name,
      driver: 'mujoco',
      folder,
      builtIn,
      problem: asForesightError(thrown).message,
    };
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function quoted(names: string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
