import type { RigFile } from '../../shared/rig';
import { useLive } from '../live/live';
import { CameraPictures } from '../ui/CameraPictures';

/** What the cameras of the rig see of the episode that is being recorded; pictures are made while something is recorded. */
export function LiveCameras({ rig }: { rig: RigFile }) {
  const episode = useLive((s) => s.activity?.episode ?? null);
  const step = useLive((s) => s.activity?.step ?? 0);
  if (episode === null || rig.cameras.length === 0) return null;
  return (
    <div className="live-cameras">
      <CameraPictures
        moment={{ episode, second: null, periodSeconds: rig.periodSeconds, stamp: step }}
        // What was dropped is counted once in some steps.
        stamp={`recording ${Math.floor(step / 50)}`}
      />
    </div>
  );
}
