import { ActionIcon, Button, Group, Tooltip } from '@mantine/core';
import { IconFileImport, IconFolderOpen } from '@tabler/icons-react';
import { askForFiles } from '../../ui/ask-for-files';
import { importFiles, importFolder } from './taking';

/** Chooses a file or a folder to import. */
export function ImportButton() {
  return (
    <Group gap={4} wrap="nowrap">
      <Button
        onClick={() => askForFiles(importFiles)}
        size="compact-xs"
        variant="default"
        leftSection={<IconFileImport size={14} />}
        data-testid="import-choose"
      >
        Import …
      </Button>
      <Tooltip label="Import a folder: LeRobot or Minari">
        <ActionIcon
          onClick={() => askForFiles(importFolder, { folder: true })}
          size="sm"
          variant="default"
          aria-label="Import a folder"
          data-testid="import-choose-folder"
        >
          <IconFolderOpen size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
