import { ActionIcon, Tooltip } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useState } from 'react';
import { DatasetsDialog } from './DatasetsDialog';

/**
 * Opens the data sets; the chosen episodes can become one.
 * @param numbers of the chosen episodes, when they are needed; undefined where they could not be had
 */
export function DatasetsButton({ numbers }: { numbers: () => Promise<number[] | undefined> }) {
  // Those that were chosen when it was pressed.
  const [ids, setIds] = useState<number[] | null>(null);
  return (
    <>
      <Tooltip label="Data sets">
        <ActionIcon
          variant="default"
          aria-label="Data sets"
          onClick={() => void numbers().then((found) => setIds(found ?? []))}
          data-testid="open-datasets"
        >
          <IconStack2 size={16} />
        </ActionIcon>
      </Tooltip>
      {ids && <DatasetsDialog ids={ids} onClose={() => setIds(null)} />}
    </>
  );
}
