import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { realPathInside } from '../../../foreign/inside';

/**
 * The files that a rig may read: those of its own folder, and of the rigs beside it (the -noisy rigs are drawn and moved by
 * the models of the rigs they are named after). Links count as the place they lead to.
 */
export class RigFolder {
  /** The folder with this rig and the others beside it. */
  readonly shelf: string;
  readonly #name: string;

  /** @param folder absolute, with the rig.json */
  constructor(readonly folder: string) {
    this.shelf = dirname(folder);
    this.#name = basename(folder);
  }

  /**
   * Where a path leads, its links followed.
   * @param path absolute
   * @returns null when that is outside of what the rig may read, undefined when there is nothing
   */
  place(path: string): string | null | undefined {
    return realPathInside(this.#foldersFor(path), path);
  }

  /** Its own folder, and the rig beside it that the path begins with, if it is one. */
  #foldersFor(path: string): string[] {
    const [beside] = path.startsWith(this.shelf)
      ? path.slice(this.shelf.length).split(/[/\\]/).filter(Boolean)
      : [];
    if (beside === undefined || beside === this.#name) return [this.folder];
    const neighbour = join(this.shelf, beside);
    return isRig(neighbour) ? [this.folder, neighbour] : [this.folder];
  }
}

function isRig(folder: string): boolean {
  const file = join(folder, 'rig.json');
  return existsSync(file) && statSync(file).isFile();
}
