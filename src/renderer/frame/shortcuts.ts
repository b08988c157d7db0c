/** What a key asks for. */
export type Command =
  | 'stop'
  | 'hold'
  | 'record'
  | 'keep'
  | 'discard'
  | 'undo'
  | 'redo'
  | 'help'
  | 'room-rig'
  | 'room-record'
  | 'room-episodes'
  | 'room-models'
  | 'room-run';

export interface KeyPress {
  key: string;
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  shift: boolean;
  /** True while the key is held down and repeats. */
  repeat: boolean;
}

/** Where the keyboard's focus is: a place to type, a control that Space itself operates, or anything else. */
export type FocusKind = 'typing' | 'space-operated' | 'other';

const ROOMS: Command[] = ['room-rig', 'room-record', 'room-episodes', 'room-models', 'room-run'];

/**
 * The rules, in order: Esc stops always, whatever has the focus and whatever else is pressed. Space holds unless
 * it is being typed or operates a checkbox, radio button or list; a focused *button* does not count, so that
 * Space right after pressing "Start" holds the robot and does not press "Start" again (Enter does that). Letters
 * work where nothing is typed and without modifiers.
 */
export function commandFor(press: KeyPress, focus: FocusKind, rigConnected: boolean): Command | null {
  if (press.key === 'Escape') return press.repeat ? null : 'stop';
  if (focus === 'typing') return null;
  if (press.ctrl || press.meta) {
    if (press.alt) return null;
    const key = press.key.toLowerCase();
    if (key === 'z') return press.shift ? 'redo' : 'undo';
    return key === 'y' ? 'redo' : null;
  }
  if (press.alt) return null;
  if (press.key === ' ') return rigConnected && focus !== 'space-operated' ? 'hold' : null;
  if (press.repeat) return null;
  switch (press.key.toLowerCase()) {
    case 'r':
      return 'record';
    case 'e':
      return 'keep';
    case 'd':
      return 'discard';
    case '?':
      return 'help';
    default:
      return ROOMS[Number(press.key) - 1] ?? null;
  }
}

const TYPED = new Set(['text', 'search', 'number', 'email', 'password', 'url', 'tel', 'date', 'time']);
const SPACE_ROLES = new Set([
  'checkbox',
  'switch',
  'radio',
  'option',
  'combobox',
  'menuitem',
  'tab',
  'slider',
]);

export interface Focusable {
  tagName: string;
  type?: string | undefined;
  role: string | null;
  editable: boolean;
}

export function focusKind(element: Focusable | null): FocusKind {
  if (!element) return 'other';
  if (element.editable) return 'typing';
  const tag = element.tagName.toLowerCase();
  if (tag === 'textarea') return 'typing';
  if (tag === 'input') return TYPED.has(element.type ?? 'text') ? 'typing' : 'space-operated';
  if (tag === 'select') return 'space-operated';
  return element.role !== null && SPACE_ROLES.has(element.role) ? 'space-operated' : 'other';
}

/** For the overlay: what people get to know, in the order of importance. */
export const SHORTCUTS: readonly { keys: string[]; does: string; note?: string }[] = [
  { keys: ['Esc'], does: 'E-stop', note: 'Always: in a field, in a dialog, in every room.' },
  { keys: ['Space'], does: 'Hold', note: 'Stop moving, keep torque. Not while typing.' },
  { keys: ['R'], does: 'Record', note: 'Starts with the options of the Record room.' },
  { keys: ['E'], does: 'End the recording or run and keep it' },
  { keys: ['D'], does: 'Discard the episode being recorded' },
  { keys: ['1', '…', '5'], does: 'Go to Rig, Record, Episodes, Models, Run' },
  { keys: ['Ctrl', 'Z'], does: 'Undo the last change to episodes, models or policies' },
  { keys: ['Ctrl', 'Shift', 'Z'], does: 'Redo' },
  { keys: ['?'], does: 'Show these shortcuts' },
];
