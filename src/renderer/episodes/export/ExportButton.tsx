import { Button } from '@mantine/core';
import { useState } from 'react';
import { ExportDialog } from './ExportDialog';

/**
 * Exports the chosen episodes.
 * @param numbers which they are, asked for when it is pressed
 */
export function ExportButton({
  disabled,
  numbers,
}: {
  disabled: boolean;
  numbers: () => Promise<number[] | undefined>;
}) {
  // Those that were chosen when it was pressed.
  const [exported, setExported] = useState<number[] | null>(null);
  return (
    <>
      <Button
        variant="default"
        px={8}
        disabled={disabled}
        onClick={async () => setExported((await numbers()) ?? null)}
        data-testid="episode-export"
      >
        Export
      </Button>
      {exported && <ExportDialog ids={exported} onClose={() => setExported(null)} />}
    </>
  );
}
