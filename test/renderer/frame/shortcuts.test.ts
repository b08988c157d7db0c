import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandFor, type FocusKind, focusKind, type KeyPress } from '../../../src/renderer/frame/shortcuts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrl: false,
  meta: false,
  alt: false,
  shift: false,
  repeat: false,
  ...more,
});
const anyFocus = fc.constantFrom<FocusKind>('typing', 'space-operated', 'other');

test('Esc stops whatever has the focus, whatever else is pressed, rig or none', () => {
  fc.assert(
    fc.property(
      anyFocus,
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (focus, ctrl, alt, shift, rig) => {
        expect(commandFor(press('Escape', { ctrl, alt, shift }), focus, rig)).toBe('stop');
      },
    ),
  );
});

test('nothing but Esc is a command while something is typed', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 8 }), fc.boolean(), (key, ctrl) => {
      fc.pre(key !== 'Escape');
      expect(commandFor(press(key, { ctrl }), 'typing', true)).toBeNull();
    }),
  );
});

describe('Space', () => {
  test('holds, also while a button has the focus', () => {
    expect(commandFor(press(' '), 'other', true)).toBe('hold');
    expect(focusKind({ tagName: 'BUTTON', role: null, editable: false })).toBe('other');
  });
  test('is left to a checkbox, a switch or a list', () => {
    expect(focusKind({ tagName: 'INPUT', type: 'checkbox', role: 'switch', editable: false })).toBe(
      'space-operated',
    );
    expect(commandFor(press(' '), 'space-operated', true)).toBeNull();
  });
  test('means nothing without a rig', () => {
    expect(commandFor(press(' '), 'other', false)).toBeNull();
  });
  test('goes on holding while it is kept down', () => {
    expect(commandFor(press(' ', { repeat: true }), 'other', true)).toBe('hold');
  });
});

describe('letters', () => {
  test.each([
    ['r', 'record'],
    ['R', 'record'],
    ['e', 'keep'],
    ['d', 'discard'],
    ['?', 'help'],
    ['1', 'room-rig'],
    ['5', 'room-run'],
    ['6', null],
    ['0', null],
    ['x', null],
  ] as const)('%s', (key, command) => {
    expect(commandFor(press(key), 'other', true)).toBe(command);
  });
  test('do nothing with a modifier, so that Ctrl R still reloads', () => {
    expect(commandFor(press('r', { ctrl: true }), 'other', true)).toBeNull();
    expect(commandFor(press('r', { alt: true }), 'other', true)).toBeNull();
    expect(commandFor(press('r', { meta: true }), 'other', true)).toBeNull();
  });
  test('do not repeat while a key is kept down', () => {
    expect(commandFor(press('r', { repeat: true }), 'other', true)).toBeNull();
  });
});

test('Ctrl Z undoes, Ctrl Shift Z and Ctrl Y redo, on a Mac with Command', () => {
  expect(commandFor(press('z', { ctrl: true }), 'other', false)).toBe('undo');
  expect(commandFor(press('Z', { ctrl: true, shift: true }), 'other', false)).toBe('redo');
  expect(commandFor(press('y', { ctrl: true }), 'other', false)).toBe('redo');
  expect(commandFor(press('z', { meta: true }), 'other', false)).toBe('undo');
});

test('fields are for typing, sliders and buttons are not', () => {
  const kind = (tagName: string, type?: string, role: string | null = null, editable = false) =>
    focusKind({ tagName, type, role, editable });
  expect(kind('INPUT', 'text')).toBe('typing');
  expect(kind('INPUT', 'number')).toBe('typing');
  expect(kind('TEXTAREA')).toBe('typing');
  expect(kind('DIV', undefined, null, true)).toBe('typing');
  expect(kind('DIV', undefined, 'slider')).toBe('space-operated');
  expect(kind('BODY')).toBe('other');
  expect(focusKind(null)).toBe('other');
});
