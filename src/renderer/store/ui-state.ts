import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type Room = 'rig' | 'record' | 'episodes' | 'models' | 'run';

/** A file or a folder, by shape; episodes/import/sending.ts sends it. */
type Importing = Pick<File, 'name' | 'size' | 'lastModified' | 'slice'> & {
  files?: { path: string; bytes: number }[];
};

export interface UiState {
  room: Room;
  /** Rig looked at while none is connected. */
  rig: string | null;
  episode: number | null;
  /** Row of that episode to begin at, for links from elsewhere. */
  episodeRow: number;
  model: string | null;
  policy: string | null;
  /** Which of the two the room Models is about. */
  learned: 'model' | 'policy';
  /** Episode that the Train panel is to take in, for links from elsewhere. */
  trainOn: number | null;
  help: boolean;
  /** What is being imported. */
  importing: Importing | null;
}

/** Where the person looks. Kept over a reload of the window, and nothing depends on it. */
export const useUi = create<UiState>()(
  persist(
    (): UiState => ({
      room: 'rig',
      rig: null,
      episode: null,
      episodeRow: 0,
      model: null,
      policy: null,
      learned: 'model',
      trainOn: null,
      help: false,
      importing: null,
    }),
    {
      name: 'foresight.ui',
      partialize: ({ room, rig, episode, model, policy, learned }) => ({
        ...{ room, rig, episode, model, policy, learned },
      }),
    },
  ),
);
