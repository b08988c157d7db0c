import { api } from '../api';

/** Between two looks at what a camera sees: it is for the eye. */
const EVERY_MS = 500;

/** What a camera of the connected rig sees now, looked for twice a second while somebody sees it. */
export const livePictureQuery = (rig: string, camera: string) => ({
  queryKey: ['rig-camera-picture', rig, camera],
  queryFn: () => api().rig.cameraPicture({ camera }),
  refetchInterval: EVERY_MS,
});

/** Address of a picture that came as a file. */
export const pictureAddress = ({ kind, file }: { kind: 'png' | 'jpeg'; file: string }): string =>
  `data:image/${kind};base64,${file}`;
