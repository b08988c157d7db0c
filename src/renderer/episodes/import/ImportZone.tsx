import { Button, FileButton } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { type DragEvent, type ReactNode, useState } from 'react';
import { ImportDialog } from './ImportDialog';

/** Where a file can be dropped to be imported, with a button that does the same for the keyboard. */
export function ImportZone({
  children,
  onShow,
}: {
  children: (choose: ReactNode) => ReactNode;
  onShow: (episode: number) => void;
}) {
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const withFiles = (act: (event: DragEvent) => void) => (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    act(event);
  };
  const choose = (
    <FileButton onChange={setFile} inputProps={{ 'aria-label': 'File to import' }}>
      {(props) => (
        <Button
          {...props}
          size="compact-xs"
          variant="default"
          leftSection={<IconFileImport size={14} />}
          data-testid="import-choose"
        >
          Import …
        </Button>
      )}
    </FileButton>
  );
  return (
    <section
      className="import-zone"
      aria-label="Episodes; a CSV file can be dropped here"
      data-over={over}
      data-testid="import-zone"
      onDragOver={withFiles(() => setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={withFiles((event) => {
        setOver(false);
        // One file at a time; another one waits until its dialog is closed.
        if (!file) setFile(event.dataTransfer.files.item(0));
      })}
    >
      {children(choose)}
      {file && (
        <ImportDialog
          file={file}
          onClose={() => setFile(null)}
          onShow={(episode) => {
            setFile(null);
            onShow(episode);
          }}
        />
      )}
    </section>
  );
}
