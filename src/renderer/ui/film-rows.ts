import type { FilmStrip } from '../../shared/film-strip';
import type { PictureStrip } from './PictureStrip';

/** What was seen, what the model says it saw, and what it had imagined. @param judged with the share that is shown of what was seen */
export const filmRows = (
  moments: FilmStrip['moments'],
  judged: boolean,
): Parameters<typeof PictureStrip>[0]['rows'] => [
  {
    name: 'Camera saw',
    about: 'What the camera showed, in the size and colour that the network gets.',
    pictures: moments.map(({ saw }) => ({ file: saw, share: null })),
  },
  {
    name: 'Model says',
    about: 'What the state shows that the model infers from the pictures of that moment.',
    pictures: moments.map(({ says, saysShare }) => ({ file: says, share: judged ? saysShare : null })),
  },
  {
    name: 'Imagined',
    about: 'What the model foretold from the first column, through the actions that were executed.',
    pictures: moments.map(({ imagined, imaginedShare }) =>
      imagined === null ? null : { file: imagined, share: imaginedShare },
    ),
  },
];
