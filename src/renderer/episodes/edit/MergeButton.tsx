import { Button, Tooltip } from '@mantine/core';
import { IconArrowMerge } from '@tabler/icons-react';
import { mergeEpisodes } from './edits';

/**
 * Puts the chosen episodes one after the other as a new one; that they fit is for the core to say. Nothing is drawn where there
 * are fewer than two.
 * @param onDone afterwards: those that were chosen are in no list any more
 */
export function MergeButton({ ids, onDone }: { ids: number[]; onDone?: () => void }) {
  if (ids.length < 2) return null;
  const merge = async () => {
    if (await mergeEpisodes(ids)) onDone?.();
  };
  return (
    <Tooltip label="One after the other, as one episode; nothing is learned across the seam">
      <Button
        variant="default"
        leftSection={<IconArrowMerge size={14} />}
        onClick={() => void merge()}
        data-testid="merge"
      >
        Merge
      </Button>
    </Tooltip>
  );
}
