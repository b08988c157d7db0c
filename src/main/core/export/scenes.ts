import { join } from 'node:path';
import type { Scene } from '../../../shared/drawing';
import type { EpisodeSummary } from '../../../shared/episode';
import { ForesightError } from '../../../shared/errors';
import { RigInspector } from '../../inspection/inspector';
import type { Log } from '../../log/types';
import type { Host } from '../../processes/port';
import { loadRig } from '../../rig';

/** What the rigs of a workspace's episodes look like, read in a process of its own when it is first asked for. */
export class Scenes {
  readonly #inspector: RigInspector;
  readonly #rigsFolder: string;
  readonly #known = new Map<string, Promise<Scene | null>>();

  constructor(
    private readonly log: Pick<Log, 'folder' | 'rigFile'>,
    host: Pick<Host, 'spawn'>,
  ) {
    this.#rigsFolder = join(log.folder, 'rigs');
    this.#inspector = new RigInspector(host, this.#rigsFolder);
  }

  /** Null where the rig is not here any more, or observes something else now than when this was recorded. */
  async of({ id, rig }: EpisodeSummary): Promise<Scene | null> {
    const recorded = movedBy(await this.log.rigFile(id));
    const key = `${rig} ${recorded}`;
    const known = this.#known.get(key) ?? this.#read(rig, recorded);
    this.#known.set(key, known);
    return known;
  }

  close(): Promise<void> {
    return this.#inspector.close();
  }

  async #read(name: string, recorded: string | undefined): Promise<Scene | null> {
    if (recorded === undefined) return null;
    try {
      const rig = await loadRig(name, this.#rigsFolder);
      return movedBy(rig.file) === recorded ? await this.#inspector.scene(name) : null;
    } catch (thrown) {
      // An export needs no rig; what is left out for that is said.
      if (thrown instanceof ForesightError && thrown.code !== 'internal') return null;
      throw thrown;
    }
  }
}

/** By which channels a rig's joints are drawn, of a rig file; an import keeps that of the file inside of its own. */
function movedBy(file: unknown): string | undefined {
  const { rig, scene, observations } = (file ?? {}) as {
    rig?: unknown;
    scene?: unknown;
    observations?: unknown;
  };
  if (scene === undefined) return rig === undefined || rig === null ? undefined : movedBy(rig);
  return JSON.stringify([(scene as { joints?: unknown }).joints, observations]);
}
