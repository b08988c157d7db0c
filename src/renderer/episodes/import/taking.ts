import { attempt, notify } from '../../store/notify';
import { useUi } from '../../store/ui-state';
import { chosenFolder } from './folders';
import type { Brought } from './sending';

/** Opens the dialog for what was chosen or dropped, in Episodes. There is one import at a time; what has to wait for it is said. */
export function importFiles(files: readonly Brought[]): void {
  const [file, ...others] = files;
  if (!file) return;
  if (useUi.getState().importing) {
    notify(
      'warning',
      'One file is imported at a time.',
      `Close the dialog first, then drop ${file.name} again.`,
    );
    return;
  }
  useUi.setState({ room: 'episodes', importing: file });
  if (others.length === 0) return;
  notify('warning', 'One file is imported at a time.', `Drop the others when ${file.name} is done.`);
}

/** As `importFiles`, for the files of a folder that was chosen. */
export function importFolder(files: readonly File[]): void {
  void attempt(async () => chosenFolder(files)).then((folder) => folder && importFiles([folder]));
}
