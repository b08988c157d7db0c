import { describe, expect, test } from 'vitest';
import { DeadManKey, type GamepadLike } from '../../../src/renderer/frame/dead-man';

/** A window with a fake navigator.getGamepads: no real pad was there to try. */
function window() {
  const said: boolean[] = [];
  const world = { pads: [] as (GamepadLike | null)[], focus: true };
  const key = new DeadManKey({
    pads: () => world.pads,
    hasFocus: () => world.focus,
    say: (held) => said.push(held),
  });
  const pad = (trigger: number, change: Partial<GamepadLike> = {}): GamepadLike => ({
    ...{ connected: true, mapping: 'standard' },
    buttons: Array.from({ length: 17 }, (_, i) => ({ value: i === 7 ? trigger : 0 })),
    ...change,
  });
  return { key, world, pad, taken: () => said.splice(0) };
}

describe("the window's dead-man key", () => {
  test('says at every beat that Space is held, and once that it is not', () => {
    const { key, taken } = window();
    key.beat();
    expect(taken()).toEqual([]);
    key.press();
    key.beat();
    key.beat();
    expect(taken()).toEqual([true, true, true]);
    key.release();
    key.beat();
    expect(taken()).toEqual([false]);
  });

  test('lets go when the window loses the focus, and Space has to be pressed anew', () => {
    const { key, world, taken } = window();
    key.press();
    world.focus = false;
    key.beat();
    expect(taken()).toEqual([true, false]);
    world.focus = true;
    key.beat();
    expect(taken()).toEqual([]);
    key.press();
    key.drop();
    expect(taken()).toEqual([true, false]);
  });

  test('is the trigger of a gamepad as well, until it is let go of or unplugged', () => {
    const { key, world, pad, taken } = window();
    world.pads = [null, pad(0.9)];
    key.beat();
    world.pads = [null, pad(0.2)];
    key.beat();
    expect(taken()).toEqual([true, false]);
    world.pads = [pad(1)];
    key.beat();
    world.pads = [null];
    key.beat();
    expect(taken()).toEqual([true, false]);
    world.pads = [pad(1, { connected: false }), pad(1, { mapping: '' })];
    key.beat();
    expect(taken()).toEqual([]);
  });
});
