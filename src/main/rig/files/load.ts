import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ForesightError } from '../../../shared/errors';
import { nearestName } from '../../../shared/nearest-name';
import { type Rig, RigFile } from '../../../shared/rig';
import { readForeign } from '../../foreign/read';
import { resourcesFolder } from '../../installation/resources';
import { RigFolder } from '../drivers/mujoco/rig-folder';
import { describeIssue } from './describe-issue';
import { badRig, CORRECT, quoted } from './problems';

/** Of names that may have been meant. */
const MOST_MEANT = 5;
const MAX_RIG_BYTES = 1024 * 1024;

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
  const files = new RigFolder(folder);
  const outside: string[] = [];
  const absolute = (path: string, field: string) => {
    const place = resolve(folder, path);
    if (files.place(place) === null) {
      outside.push(
        `${field}: expected a file in the folder of the rig, or of a rig beside it, found "${path}"`,
      );
    }
    return place;
  };
  const rig: Rig = {
    folder,
    builtIn,
    file: {
      ...file,
      ...(file.mujoco && {
        mujoco: { ...file.mujoco, model: absolute(file.mujoco.model, 'mujoco.model') },
      }),
      ...(file.serial && {
        serial: {
          ...file.serial,
          ...(file.serial.simulation !== undefined && {
            simulation: await resolveSimulation(file.serial.simulation, folder),
          }),
        },
      }),
      ...(file.sphero?.simulation !== undefined && {
        sphero: { ...file.sphero, simulation: await resolveSimulation(file.sphero.simulation, folder) },
      }),
      ...(file.rosbridge?.simulation !== undefined && {
        rosbridge: {
          ...file.rosbridge,
          simulation: await resolveSimulation(file.rosbridge.simulation, folder),
        },
      }),
      ...(file.text?.simulation !== undefined && {
        text: { ...file.text, simulation: await resolveSimulation(file.text.simulation, folder) },
      }),
      ...(file.odrive?.simulation && {
        odrive: {
          ...file.odrive,
          simulation: { model: absolute(file.odrive.simulation.model, 'odrive.simulation.model') },
        },
      }),
      ...(file.gcode?.simulation && {
        gcode: {
          ...file.gcode,
          simulation: { model: absolute(file.gcode.simulation.model, 'gcode.simulation.model') },
        },
      }),
      ...(file.servos?.simulation && {
        servos: {
          ...file.servos,
          simulation: { model: absolute(file.servos.simulation.model, 'servos.simulation.model') },
        },
      }),
      scene: { ...file.scene, model: absolute(file.scene.model, 'scene.model') },
    },
  };
  if (outside.length > 0) throw badRig(join(folder, 'rig.json'), outside);
  return rig;
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

async function findRigFolder(nameOrPath: string, userFolder?: string): Promise<string> {
  const isName = /^[a-z0-9][a-z0-9-]*$/.test(nameOrPath);
  const places = [
    ...(isName ? [join(builtInRigsFolder(), nameOrPath)] : []),
    ...(isName && userFolder !== undefined ? [join(resolve(userFolder), nameOrPath)] : []),
    basename(nameOrPath) === 'rig.json' ? dirname(resolve(nameOrPath)) : resolve(nameOrPath),
  ];
  for (const place of places) if (await hasRigFile(place)) return place;
  const own = userFolder === undefined ? [] : await readdir(userFolder).catch(() => []);
  const meant = namesLike(nameOrPath, [...(await readdir(builtInRigsFolder())), ...own].sort());
  throw new ForesightError(
    'not-found',
    `There is no rig "${nameOrPath}": neither a rig that comes with Foresight, nor one of the workspace, nor a folder with a rig.json.${meant.length > 0 ? ` Did you mean ${quoted(meant)}?` : ''}`,
    'Give the name of one ("foresight rig list", or the room Rig, has them all), or the path of the folder that holds rig.json.',
  );
}

/** Those that the name is a part of, or else the one that it was most likely meant to be. */
function namesLike(name: string, known: readonly string[]): string[] {
  const said = name.toLowerCase();
  const longer = known.filter((one) => said.length > 1 && one.includes(said));
  const nearest = nearestName(said, known);
  return longer.length > 0 ? longer.slice(0, MOST_MEANT) : nearest === undefined ? [] : [nearest];
}

/** A sibling or relative folder first, so that a copied folder keeps working; then a built-in name. */
async function resolveSimulation(simulation: string, folder: string): Promise<string> {
  for (const place of [resolve(folder, simulation), resolve(folder, '..', simulation)]) {
    if (await hasRigFile(place)) return place;
  }
  return findRigFolder(simulation);
}

export async function hasRigFile(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'rig.json')).catch(() => undefined))?.isFile() ?? false;
}
