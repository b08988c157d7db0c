let asking: HTMLInputElement | undefined;

/**
 * Opens the system's dialog for files; `take` gets what was chosen, and nothing where it was cancelled. Its field is kept here, not in
 * a room: rooms change while the dialog is open, and a field that went with its room would tell nobody.
 */
export function askForFiles(
  take: (files: File[]) => void,
  { folder = false, accept = '' }: { folder?: boolean; accept?: string } = {},
): void {
  const field = document.createElement('input');
  field.type = 'file';
  field.webkitdirectory = folder;
  field.accept = accept;
  field.addEventListener('change', () => take([...(field.files ?? [])]), { once: true });
  asking = field;
  asking.click();
}
