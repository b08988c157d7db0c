import { useEffect } from 'react';
import { useLink } from '../api';
import { usbCameras } from '../live/usb/usb-cameras';
import { useCurrentRig, useRig } from '../store/queries';

/** This window brings the pictures of the rig's USB cameras, in whichever room the person is. */
export function useUsbCameras(): void {
  const { name, connected } = useCurrentRig();
  const rig = useRig(name);
  const open = useLink((s) => s.state === 'open');
  const file = connected && open ? (rig.data?.file ?? null) : null;
  useEffect(() => {
    usbCameras.follow(file?.name ?? null, file?.cameras ?? []);
  }, [file]);
}
