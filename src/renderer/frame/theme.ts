import {
  Alert,
  Badge,
  Button,
  createTheme,
  Modal,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core';

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

/** Calm and dense, like an instrument: small controls, one accent, red kept for stopping and for errors. */
export const theme = createTheme({
  primaryColor: 'indigo',
  // The lightest on which white text has a contrast of 4.5.
  primaryShade: 7,
  fontFamily: FONT,
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, "DejaVu Sans Mono", monospace',
  defaultRadius: 'sm',
  respectReducedMotion: true,
  headings: { fontFamily: FONT, fontWeight: '600' },
  components: {
    // Mantine's light alerts are loud on a dark ground: a tint of the surface says the same.
    Alert: Alert.extend({
      classNames: { root: 'alert' },
      vars: (_, { color = 'indigo' }) => ({
        root: {
          '--alert-bg': `color-mix(in srgb, var(--mantine-color-${color}-6) 11%, var(--surface))`,
          '--alert-bd': `1px solid color-mix(in srgb, var(--mantine-color-${color}-6) 35%, var(--surface))`,
          // Mantine's red has a contrast of 3.5 on its own tint.
          '--alert-color': color === 'red' ? 'var(--bad-text)' : `var(--mantine-color-${color}-text)`,
        },
      }),
    }),
    Badge: Badge.extend({ defaultProps: { tt: 'none', radius: 'sm' } }),
    Button: Button.extend({
      defaultProps: { size: 'xs' },
      // Under the pointer, Mantine's tint of a button without a frame leaves its text a contrast of 3.
      vars: (_, { variant }) => ({
        root: variant === 'subtle' ? { '--button-hover': 'var(--mantine-color-default-hover)' } : {},
      }),
    }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'xs' } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs' } }),
    NativeSelect: NativeSelect.extend({ defaultProps: { size: 'xs' } }),
    Select: Select.extend({ defaultProps: { size: 'xs', allowDeselect: false } }),
    Switch: Switch.extend({ defaultProps: { size: 'xs' } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs' } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: true, multiline: true, maw: 280 } }),
    // Below the e-stop bar, never under it.
    Modal: Modal.extend({
      defaultProps: { yOffset: 84, zIndex: 300, closeButtonProps: { 'aria-label': 'Close' } },
    }),
  },
});
