import { Button, Group, Modal, TagsInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api';
import { attempt } from '../store/notify';
import { formatCount } from '../ui/format';

export function TagDialog({
  opened,
  ids,
  tags,
  onClose,
}: {
  opened: boolean;
  ids: number[];
  tags: string[];
  onClose: () => void;
}) {
  const [value, setValue] = useState(tags);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the dialog starts from the tags there are when it opens
  useEffect(() => {
    if (opened) setValue(tags);
  }, [opened]);
  const save = async () => {
    if (await attempt(() => api().episodes.tag({ ids, tags: value }))) onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Tags of ${formatCount(ids.length, 'episode')}`}
      size="sm"
    >
      <TagsInput
        size="xs"
        data-autofocus
        placeholder="Type a tag and press Enter"
        value={value}
        onChange={setValue}
        data-testid="tag-input"
      />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={() => void save()} data-testid="tag-save">
          Save tags
        </Button>
      </Group>
    </Modal>
  );
}
