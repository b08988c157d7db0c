import type { ActionChannel } from '../../../shared/rig';

/** An action that says where something is to be stays where it was told; any other goes back to its hold value when nobody asks. */
export const isPlace = ({ unit, values }: Pick<ActionChannel, 'unit' | 'values'>): boolean =>
  (unit === 'rad' || unit === 'm') && !values;

/** A place is carried through the whole of its range in so many seconds, at full strength. */
const RANGE_SECONDS = 4;

/**
 * The action for keys or sticks that are pressed.
 * @param deflection [actions] from −1 to 1
 * @param share of the range, or of the speed of places, that full deflection asks for
 * @param before [actions] what was commanded last, or where the rig stands
 */
export function commandOf(
  actions: readonly ActionChannel[],
  deflection: readonly number[],
  share: number,
  before: readonly number[],
  seconds: number,
): number[] {
  return actions.map((action, i) => {
    const {
      limits: [low, high],
      hold,
      ratePerSecond = Number.POSITIVE_INFINITY,
    } = action;
    const asked = Math.max(-1, Math.min(1, deflection[i] ?? 0));
    if (isPlace(action)) {
      const speed = Math.min((high - low) / RANGE_SECONDS, ratePerSecond);
      return Math.max(low, Math.min(high, (before[i] ?? hold) + asked * share * speed * seconds));
    }
    const limit = asked < 0 ? low : high;
    return hold + Math.abs(asked) * share * (limit - hold);
  });
}

/** Keys by channel, less and more; none of them is a shortcut. */
export const KEY_PAIRS: readonly (readonly [string, string])[] = [
  ['ArrowLeft', 'ArrowRight'],
  ['ArrowDown', 'ArrowUp'],
  ['j', 'l'],
  ['k', 'i'],
  ['u', 'o'],
  ['f', 'h'],
  ['g', 't'],
  ['v', 'b'],
];

export const keyLabel = (key: string): string =>
  ({ ArrowLeft: '←', ArrowRight: '→', ArrowDown: '↓', ArrowUp: '↑' })[key] ?? key.toUpperCase();

/** [actions] of the keys that are down. */
export const keyDeflection = (down: ReadonlySet<string>, channels: number): number[] =>
  Array.from({ length: channels }, (_, i) => {
    const [less, more] = KEY_PAIRS[i] ?? ['', ''];
    return (down.has(more) ? 1 : 0) - (down.has(less) ? 1 : 0);
  });

/** A stick that is let go of does not stand exactly in its middle. */
const DEAD_ZONE = 0.12;

/** What of a gamepad (standard mapping, https://www.w3.org/TR/gamepad/#remapping) moves a channel. */
const STICKS: readonly { words: string; read(pad: Pad): number }[] = [
  { words: 'left stick, sideways', read: ({ axes }) => axes[0] ?? 0 },
  { words: 'left stick, up and down', read: ({ axes }) => -(axes[1] ?? 0) },
  { words: 'right stick, sideways', read: ({ axes }) => axes[2] ?? 0 },
  { words: 'right stick, up and down', read: ({ axes }) => -(axes[3] ?? 0) },
  { words: 'triggers', read: ({ buttons }) => (buttons[7]?.value ?? 0) - (buttons[6]?.value ?? 0) },
  { words: 'shoulder buttons', read: ({ buttons }) => (buttons[5]?.value ?? 0) - (buttons[4]?.value ?? 0) },
  { words: 'cross, sideways', read: ({ buttons }) => (buttons[15]?.value ?? 0) - (buttons[14]?.value ?? 0) },
  {
    words: 'cross, up and down',
    read: ({ buttons }) => (buttons[12]?.value ?? 0) - (buttons[13]?.value ?? 0),
  },
];

interface Pad {
  axes: readonly number[];
  buttons: readonly { value: number }[];
}

export const stickWords = (channel: number): string => STICKS[channel]?.words ?? 'none';

/** [actions] of a gamepad, beyond the dead zone and from 0 there. */
export const padDeflection = (pad: Pad, channels: number): number[] =>
  Array.from({ length: channels }, (_, i) => {
    const value = STICKS[i]?.read(pad) ?? 0;
    const beyond = Math.max(0, Math.abs(value) - DEAD_ZONE) / (1 - DEAD_ZONE);
    return beyond === 0 ? 0 : Math.sign(value) * Math.min(1, beyond);
  });
