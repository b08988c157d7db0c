import { Button, Tooltip } from '@mantine/core';
import { mergeEpisodes } from './edits';

/**
 * Puts the chosen episodes one after the other as a new one, where there are two or more; that they fit is for the core to say.
 * @param onDone afterwards: those that were chosen are in no list any more
 */
export function MergeButton({ ids, onDone }: { ids: number[]; onDone?: () => void }) {
  const merge = async () => {
    if (await mergeEpisodes(ids)) onDone?.();
  };
  return (
    <Tooltip label="One after the other, as one episode; nothing is learned across the seam">
      <Button
        variant="default"
        px={8}
        disabled={ids.length < 2}
        onClick={() => void merge()}
        data-testid="merge"
      >
        Merge
      </Button>
    </Tooltip>
  );
}
