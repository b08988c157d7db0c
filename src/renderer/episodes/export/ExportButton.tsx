import { Button } from '@mantine/core';
import { IconFileExport } from '@tabler/icons-react';
import { useState } from 'react';
import { ExportDialog } from './ExportDialog';

/** Exports the chosen episodes. */
export function ExportButton({ ids }: { ids: number[] }) {
  // Those that were chosen when it was pressed.
  const [exported, setExported] = useState<number[] | null>(null);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileExport size={14} />}
        disabled={ids.length === 0}
        onClick={() => setExported(ids)}
        data-testid="episode-export"
      >
        Export
      </Button>
      {exported && <ExportDialog ids={exported} onClose={() => setExported(null)} />}
    </>
  );
}
