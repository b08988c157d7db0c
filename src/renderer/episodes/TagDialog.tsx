import { Button, Group, Modal, Stack, TagsInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatCount } from '../ui/format';
import type { EpisodeList } from './list';

/** Tags that the chosen episodes get, and tags that they lose; what else they have stays. */
export function TagDialog({
  opened,
  list,
  onClose,
}: {
  opened: boolean;
  list: EpisodeList;
  onClose: () => void;
}) {
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  useEffect(() => {
    if (!opened) return;
    setAdd([]);
    setRemove([]);
  }, [opened]);
  const known = (list.overview?.tags ?? []).map(({ tag }) => tag);
  const one = list.count === 0;
  const own = one ? (list.detail?.tags ?? []) : known;
  const save = async () => {
    if (await list.retag(add, remove)) onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={one ? `Tags of episode ${list.shown}` : `Tags of ${formatCount(list.count, 'episode')}`}
      size="sm"
    >
      <Stack gap={8}>
        <TagsInput
          label="Add"
          data-autofocus
          placeholder="Type a tag and press Enter"
          data={known}
          value={add}
          onChange={setAdd}
          acceptValueOnBlur
          data-testid="tag-input"
        />
        <TagsInput
          label="Take away"
          placeholder={own.length === 0 ? 'None there' : 'Type a tag and press Enter'}
          data={own}
          value={remove}
          onChange={setRemove}
          acceptValueOnBlur
          data-testid="tag-remove"
        />
      </Stack>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          disabled={add.length + remove.length === 0}
          onClick={() => void save()}
          data-testid="tag-save"
        >
          Save tags
        </Button>
      </Group>
    </Modal>
  );
}
