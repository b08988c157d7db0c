import { Button, FileButton } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { importFiles } from './taking';

/** Chooses a file to import: what dropping it does, for the keyboard as well. */
export function ImportButton() {
  return (
    <FileButton
      onChange={(file) => importFiles(file ? [file] : [])}
      inputProps={{ 'aria-label': 'File to import' }}
    >
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
}
