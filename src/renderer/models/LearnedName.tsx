import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconCheck, IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { attempt } from '../store/notify';

/** The name of what was learned, and a pencil to change it. */
export function LearnedName({
  name: given,
  label,
  rename,
}: {
  name: string;
  /** Of the field, for those who do not see it: "Model name". */
  label: string;
  rename(name: string): Promise<unknown>;
}) {
  const [name, setName] = useState<string | null>(null);
  const save = async () => {
    const wanted = name?.trim() ?? '';
    if (wanted !== '' && wanted !== given) await attempt(() => rename(wanted));
    setName(null);
  };
  if (name === null) {
    return (
      <span className="row-tight">
        {given}
        <Tooltip label="Rename">
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label="Rename"
            onClick={() => setName(given)}
          >
            <IconPencil size={14} />
          </ActionIcon>
        </Tooltip>
      </span>
    );
  }
  return (
    <span className="row-tight">
      <TextInput
        value={name}
        autoFocus
        onChange={(e) => setName(e.currentTarget.value)}
        onKeyDown={(e) => e.key === 'Enter' && void save()}
        aria-label={label}
      />
      <ActionIcon variant="light" aria-label="Save name" onClick={() => void save()}>
        <IconCheck size={14} />
      </ActionIcon>
    </span>
  );
}
