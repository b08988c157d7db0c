import type { DriveDevice } from './driving';

/** What a rig can be driven with. */
export const DEVICES: { value: DriveDevice; label: string }[] = [
  { value: 'keyboard', label: 'Keyboard' },
  { value: 'gamepad', label: 'Gamepad' },
  { value: 'sliders', label: 'Sliders' },
  { value: 'gizmo', label: '3D view' },
  { value: 'leader', label: 'Leader arm' },
];
