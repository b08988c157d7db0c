import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ForesightError } from '../../shared/errors';

/**
 * The folder with what ships beside the code: rigs/, firmware/, samples/. From source and built it is the
 * repository's `resources`, three levels above this file (as from a shared chunk; two from a built program); packaged, it lies beside
 * the archive in Electron's resources folder, because other programs (a compiler, a flasher) must be able to read it.
 */
export function resourcesFolder(): string {
  const electronResources = (process as { resourcesPath?: string }).resourcesPath;
  const candidates = [
    ...(electronResources ? [`${electronResources}/resources`] : []),
    ...['../../resources', '../../../resources'].map((path) => fileURLToPath(new URL(path, import.meta.url))),
  ];
  const found = candidates.find((folder) => existsSync(`${folder}/rigs`));
  if (!found) {
    throw new ForesightError(
      'internal',
      `Foresight's own files are missing; looked in ${candidates.join(', ')}.`,
      'Install Foresight again.',
    );
  }
  return found;
}
