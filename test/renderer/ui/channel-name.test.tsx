import '../window';
import { expect, test } from 'vitest';
import { ChannelTitle } from '../../../src/renderer/ui/ChannelName';
import { html } from '../render';

test('a channel is called by its title, with its name on hover where that is another', () => {
  const titled = html(<ChannelTitle channel={{ name: 'cart_position', title: 'Cart position' }} />);
  expect(titled).toContain('title="cart_position">Cart position</span>');
  const bare = html(<ChannelTitle channel={{ name: 'x' }} />);
  expect(bare).toContain('<span>x</span>');
});
