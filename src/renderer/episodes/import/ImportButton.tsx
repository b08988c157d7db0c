import { ActionIcon, Button, FileButton, Group, Tooltip } from '@mantine/core';
import { IconFileImport, IconFolderOpen } from '@tabler/icons-react';
import { attempt } from '../../store/notify';
import { chosenFolder } from './folders';
import { importFiles } from './taking';

/** Chooses a file or a folder to import: what dropping it does, for the keyboard as well. */
export function ImportButton() {
  const takeFolder = (files: File[]) =>
    void attempt(async () => chosenFolder(files)).then((folder) => folder && importFiles([folder]));
  return (
    <Group gap={4} wrap="nowrap">
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
      <FileButton
        multiple
        onChange={takeFolder}
        inputProps={{ 'aria-label': 'Folder to import', ...{ webkitdirectory: '' } }}
      >
        {(props) => (
          <Tooltip label="Import a folder: LeRobot or Minari">
            <ActionIcon
              {...props}
              size="sm"
              variant="default"
              aria-label="Import a folder"
              data-testid="import-choose-folder"
            >
              <IconFolderOpen size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </FileButton>
    </Group>
  );
}
