import { useEffect, useState } from 'react';
import { attempt } from '../../store/notify';
import { useUi } from '../../store/ui-state';
import { broughtFolder, droppedFolders } from './folders';
import { ImportDialog } from './ImportDialog';
import type { Brought } from './sending';
import { importFiles } from './taking';

/** Takes a file that is dropped anywhere into the window, and holds its dialog, whichever room is open behind it. */
export function ImportHost() {
  const file = useUi((s) => s.importing);
  const over = useDropped(importFiles);
  return (
    <>
      {over && (
        <div className="drop-here" data-testid="drop-here">
          <span>Drop a log or a data set to import it into Episodes</span>
        </div>
      )}
      {file && (
        <ImportDialog
          file={file}
          onClose={() => useUi.setState({ importing: null })}
          onShow={(episode) => useUi.setState({ importing: null, room: 'episodes', episode, episodeRow: 0 })}
        />
      )}
    </>
  );
}

/** Hands on files that are dropped into the window, wherever; true while some are held over it. */
function useDropped(take: (files: Brought[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hold = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    };
    // Only of the window itself is there nothing that is gone to.
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      // The entries are there only while the event is.
      const folders = droppedFolders(event.dataTransfer);
      if (folders.length === 0) take([...event.dataTransfer.files]);
      else void attempt(() => Promise.all(folders.map(broughtFolder))).then((all) => all && take(all));
    };
    // Both: where what lies below has changed, the next movement is an entering alone, and unclaimed it would refuse the drop.
    window.addEventListener('dragenter', hold);
    window.addEventListener('dragover', hold);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', hold);
      window.removeEventListener('dragover', hold);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, [take]);
  return over;
}
