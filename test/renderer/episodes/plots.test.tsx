// Before there is a window: it draws nothing here.
import 'uplot';
import '../window';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { EpisodePlots } from '../../../src/renderer/episodes/EpisodePlots';
import type { Look } from '../../../src/renderer/episodes/look';
import { episode } from '../episode';
import { html } from '../render';
import { rigFile } from '../rig-file';

test('plots of an episode call a channel by its title, and have its name on hover', () => {
  const file = rigFile('cartpole-balance');
  const [channel] = file.observations;
  if (!channel?.title) throw new Error('the first channel has no title');
  const info = { name: channel.name, unit: channel.unit, angle: false, limits: null };
  const window = {
    summary: episode({ observations: [info] }),
    ...{
      from: 0,
      to: 1,
      bucket: 1,
      seconds: [0],
      endSeconds: 0,
      observations: [{ first: [1] }],
      actions: [],
    },
  };
  const look = { window, span: { from: 0, to: 1 }, second: 0, reading: () => 1 } as unknown as Look;
  const known = new QueryClient();
  known.setQueryData(['rig', 'cartpole-balance'], { file });
  const shown = html(
    <QueryClientProvider client={known}>
      <EpisodePlots look={look} />
    </QueryClientProvider>,
  );
  expect(shown).toContain(`title="${channel.name}">${channel.title}</span>`);
  expect(shown).toContain(`aria-label="${channel.title} over the episode"`);
});
