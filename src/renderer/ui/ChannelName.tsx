import { useCallback } from 'react';
import { useRig } from '../store/queries';

/** Titles of a rig's channels by name; a channel without one, or of a rig without a file here, is called by its name. */
export function useChannelTitles(rig: string | null): (name: string) => string {
  const file = useRig(rig).data?.file;
  return useCallback(
    (name: string) =>
      [...(file?.observations ?? []), ...(file?.actions ?? [])].find((channel) => channel.name === name)
        ?.title ?? name,
    [file],
  );
}

/** A channel of a rig that need not be connected, by its title. */
export function ChannelName({ rig, name, className }: { rig: string; name: string; className?: string }) {
  return <ChannelTitle channel={{ name, title: useChannelTitles(rig)(name) }} className={className} />;
}

/** A channel by its title; its name, as formulas and files have it, shows on hover. */
export function ChannelTitle({
  channel: { name, title = name },
  className,
}: {
  channel: { name: string; title?: string | undefined };
  className?: string | undefined;
}) {
  return (
    <span className={className} title={title === name ? undefined : name}>
      {title}
    </span>
  );
}
