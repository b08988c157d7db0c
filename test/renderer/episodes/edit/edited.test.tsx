import '../../window';
import { expect, test } from 'vitest';
import { EpisodeJudgement } from '../../../../src/renderer/episodes/edit/EpisodeJudgement';
import { EpisodeParts } from '../../../../src/renderer/episodes/edit/EpisodeParts';
import { replaced, standIns } from '../../../../src/renderer/store/actions';
import { episode } from '../../episode';
import { html, words } from '../../render';

test('an edited episode says what it is made of, with a way to every recording; a recording says nothing', () => {
  const parts = [
    { episode: 3, from: 12, to: 81 },
    { episode: 5, from: 0, to: 1201 },
  ];
  expect(words(<EpisodeParts summary={{ parts }} />)).toBe(
    'Made of steps 12 to 80 of recording 3 and steps 0 to 1\u2009200 of recording 5 . What was recorded stays as it is.'.replace(
      '\u2009',
      ' ',
    ),
  );
  const markup = html(<EpisodeParts summary={{ parts }} />);
  expect(markup.match(/<button[^>]*data-testid="part-\d"/g)).toHaveLength(2);
  expect(html(<EpisodeParts summary={episode()} />)).not.toContain('episode-parts');
});

test('a judgement and a star are shown as they are', () => {
  const markup = html(<EpisodeJudgement summary={episode({ starred: true, outcome: 'failure' })} />);
  expect(markup).toMatch(/aria-pressed="true"/);
  expect(markup).toMatch(/<input[^>]*(checked=""[^>]*value="failure"|value="failure"[^>]*checked="")/);
  expect(html(<EpisodeJudgement summary={episode()} />)).toMatch(/aria-pressed="false"/);
});

test('whoever looks at an episode that an undo takes away is led to those it was made of, and back by a redo', () => {
  replaced([3], [7, 8]);
  expect(standIns(7, [{ episode: 3 }])).toEqual([3]);
  expect(standIns(3, [])).toEqual([7, 8]);
  // After a restart the recordings are still known.
  expect(standIns(20, [{ episode: 4 }, { episode: 5 }, { episode: 4 }])).toEqual([4, 5]);
  expect(standIns(21, [])).toEqual([]);
});
